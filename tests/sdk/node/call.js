// One call through a vendor's SDK for Node.js. Reads what to call as JSON from stdin, and prints what came of it as
// JSON: `result`, or `error` as the SDK's user gets it. The folder of the SDKs is NODE_PATH.
'use strict'

const { readFileSync } = require('fs')

const call = JSON.parse(readFileSync(0, 'utf8'))
const { protocol, host } = new URL(call.url)

async function tencent () {
  const { CommonClient } = require('tencentcloud-sdk-nodejs-common')
  const client = new CommonClient(host, call.version || '2018-04-12', {
    credential: { secretId: call.accessKey, secretKey: call.secretKey, token: call.token || undefined },
    region: call.region,
    profile: {
      signMethod: call.signMethod,
      httpProfile: { reqMethod: call.method, protocol: `${protocol}//`, endpoint: host, reqTimeout: 30 }
    }
  })
  return client.request(call.operation, call.parameters)
}

async function jdcloud () {
  const Redis = require('jdcloud-sdk-js/src/services/redis')
  const client = new Redis({
    credentials: { accessKeyId: call.accessKey, secretAccessKey: call.secretKey },
    regionId: call.region,
    endpoint: { protocol: protocol.replace(':', ''), host },
    version: { redis: 'v1' }
  })
  const token = call.token && { 'x-jdcloud-security-token': Buffer.from(call.token).toString('base64') }
  const answer = await client[call.operation]({ ...call.parameters, 'x-extra-header': token }, call.region)
  return { ...answer.result, requestId: answer.requestId }
}

function told (problem) {
  // What JD Cloud's SDK rejects with is the answer itself, a plain object.
  const vendor = problem.error || problem
  return {
    type: problem.constructor.name,
    code: vendor.code,
    message: vendor.message,
    requestId: problem.requestId
  }
}

(call.sdk === 'tencent' ? tencent() : jdcloud()).then(
  result => ({ result }),
  problem => ({ error: told(problem) })
).then(outcome => console.log(JSON.stringify(outcome)))
