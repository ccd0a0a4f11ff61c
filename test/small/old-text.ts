// A homeserver.yaml like that of potluck's shell cook: its keys in its order,
// the values inserted between double quotes unchanged.

export interface OldSecrets {
  macaroon: string
  form: string
  registration: string
}

export const oldHomeserver = (
  domain: string,
  { macaroon, form, registration }: OldSecrets,
  {
    smtpPass = 'its password',
    key = `/usr/local/etc/matrix-synapse/${domain}.signing.key`,
  } = {},
): string => `\
# Configuration file for Synapse.

server_name: "${domain}"
pid_file: /var/run/matrix-synapse/homeserver.pid
public_baseurl: https://${domain}/
federation_ip_range_blacklist:
  - '127.0.0.0/8'
  - '::1/128'
listeners:
#  - port: 8448
  - port: 8008
    tls: false
    type: http
    x_forwarded: true
    bind_addresses: ['127.0.0.1']

    resources:
      - names: [client, federation]
        compress: false
admin_contact: 'mailto:admin@example.com'
retention:
  # Disabled by default.
  #enabled: true
acme:
    port: 80
    bind_addresses: ['::', '0.0.0.0']
    account_key_file: /mnt/matrixdata/acme_account.key

## Database ##

database:
  # The database engine name
  name: "sqlite3"
  # Arguments to pass to the engine
  args:
    # Path to the database
    database: "/mnt/matrixdata/matrix-synapse/matrix_homeserver.db"
log_config: "/usr/local/etc/matrix-synapse/my.log.config"
media_store_path: "/mnt/matrixdata/media_store"
enable_registration: false
account_validity:
  #enabled: true
registration_shared_secret: "${registration}"
account_threepid_delegates:
    #email: https://example.com
metrics_flags:
report_stats: false

# a secret which is used to sign access tokens.
macaroon_secret_key: "${macaroon}"
form_secret: "${form}"
signing_key_path: "${key}"
old_signing_keys:
  #"ed25519:id": { key: "base64string", expired_ts: 123456789123 }
trusted_key_servers:
  - server_name: "matrix.org"
suppress_key_server_warning: true
saml2_config:
  user_mapping_provider:
    config:
sso:
    #client_whitelist:
password_config:
   #enabled: false
email:
  smtp_host: "mail.example.com"
  smtp_port: 25
  smtp_user: "matrix"
  smtp_pass: "${smtpPass}"
  notif_from: "Your Friendly %(app)s homeserver <noreply@example.com>"
opentracing:
    #enabled: true
`
