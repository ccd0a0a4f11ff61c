"""Loads certificates and keys as Synapse and its LDAP module do.

Reads a line of JSON for each case, {"kind": ..., "crt": ..., "key": ...}, and
prints a list for each: what each way of loading said, null if it worked.
"""

import json
import ssl
import sys
import tempfile

from OpenSSL import SSL, crypto

place = tempfile.TemporaryDirectory(prefix="cook-loads-")
crt = place.name + "/crt"
key = place.name + "/key"


def put(path, text):
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def twisted():
    """Synapse's listener, and a handshake with it."""
    crypto.load_certificate(crypto.FILETYPE_PEM, read(crt).encode())
    served = SSL.Context(SSL.SSLv23_METHOD)
    served.use_certificate_chain_file(crt)
    served.use_privatekey(crypto.load_privatekey(crypto.FILETYPE_PEM, read(key)))
    served.check_privatekey()
    server = SSL.Connection(served)
    server.set_accept_state()
    client = SSL.Connection(SSL.Context(SSL.SSLv23_METHOD))
    client.set_connect_state()
    done = set()
    while len(done) < 2:
        for one, other in ((client, server), (server, client)):
            try:
                one.do_handshake()
                done.add(one)
            except SSL.WantReadError:
                pass
            try:
                other.bio_write(one.bio_read(65536))
            except SSL.WantReadError:
                pass


def python():
    """The ssl module."""
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(crt, key)


def federation():
    """federation_custom_ca_list: one certificate a file."""
    content = read(crt).encode("ascii")
    crypto.X509Store().add_cert(
        crypto.load_certificate(crypto.FILETYPE_PEM, content)
    )


def directory():
    """ldap3's ca_certs_file."""
    ssl.create_default_context(cafile=crt)


kinds = {
    "server": [twisted, python],
    "federation": [federation, directory],
    "ldap": [directory],
}


def said(load):
    try:
        load()
        return None
    except Exception as error:
        return repr(error)


for line in sys.stdin:
    case = json.loads(line)
    put(crt, case["crt"])
    put(key, case.get("key", ""))
    print(json.dumps([said(load) for load in kinds[case["kind"]]]))
