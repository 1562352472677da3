//! A signed request for an HTTP stack of your own, or to be looked at: `cargo run --example sign_only`.

use rdbfetch::value::Parameters;
use rdbfetch::{Credentials, Timestamp, tencent};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let noon = Timestamp::from_unix(1_795_608_000).ok_or("this is a moment")?;
    let keys = Credentials::new("AKIDEXAMPLE", "an example's secret");
    let client =
        tencent::Client::new(|builder| builder.region("ap-guangzhou").credentials(keys).clock(move || noon))?;
    let operation = client.cloud().operation("DescribeInstanceBackups").ok_or("it is specified")?;
    let parameters: Parameters = vec![("InstanceId", "crs-4y9t57vt".into()), ("Limit", 20.into())];

    let request = client.cloud().prepare(operation, &parameters)?;
    println!("{} {}", request.method, request.url);
    for (name, _) in &request.headers {
        println!("{name}");
    }
    println!("{}", String::from_utf8_lossy(&request.body));
    Ok(())
}

#[cfg(test)]
#[test]
fn it_runs() {
    main().unwrap();
}
