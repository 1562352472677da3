"""Read by a Python that has this folder in PYTHONPATH: certifi's certificates are those in the file TRUST_CA_FILE.

For tools that have no setting for it, such as tccli, which looks neither at REQUESTS_CA_BUNDLE nor at SSL_CERT_FILE.
"""

import os

import certifi

certifi.where = lambda: os.environ["TRUST_CA_FILE"]
