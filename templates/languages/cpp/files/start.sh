#!/bin/sh
# Starts the program of its own name with the libraries that it was built with.
here=$(dirname "$0")
# Where Amazon Linux keeps the certificates of authorities; the libraries look where Debian does.
if [ -z "$SSL_CERT_FILE" ] && [ -r /etc/pki/tls/certs/ca-bundle.crt ]; then
  export SSL_CERT_FILE=/etc/pki/tls/certs/ca-bundle.crt
fi
exec "$here"/lib/ld-linux-*.so.* --library-path "$here/lib" "$here/lib/$(basename "$0")" "$@"
