"""Words that say whether a name is meant as the name of a secret: what it asks, counts, or adds without telling more.

The words come from the names of fields in the interfaces of AWS, Azure and others, as labelled in
``tests/data/key_names``.
"""

from __future__ import annotations

from typing import Final


def words(text: str) -> frozenset[str]:
    """Return the words of a table."""
    return frozenset(text.split())


PREPOSITIONS: Final = words("to for of from by with per via using without sin sans ohne senza zonder")
"""What follows them says more about the noun, and is not the noun: ``secret_to_authenticate_target``."""

ASKING_WORDS: Final = words(
    """
    is has have was were are do does did will would can could should must may need needs use uses used allow allows
    allowed enable enables enabled disable disables disabled require requires required support supports supported
    include includes included exclude excludes excluded show shows hide hides skip ignore ignored expire expires
    force forces change forgot forget omit missing noncompliant sync recover purge prevent strip never
    return returns check checks fetch forward reveal without manage rotate generate validate persist embed collect
    discard disallow get remove receive
    enforce activate leaked
    always masked redacted truncated
    automount restrict restricts receives preserve inherit inherits propagate expose exposes
    """
)
"""A name that begins with them asks or orders: it stands above a bool, a date, a mask or a list of names."""

ASKED_LAST_WORDS: Final = words(
    """
    enabled disabled required supported allowed enforced configured present exists valid expired revoked changed
    """
)
"""A name that ends with them tells a state, whatever stands before a preposition: ``token_for_login_enabled``."""

COUNTING_WORDS: Final = words(
    """
    max min maximum minimum num number count counts total avg average mean median sum remaining consumed billable
    estimated
    """
)
"""A name that begins with them counts or limits."""

MEASURES: Final = words("per ttl lifespan lifetime")
"""They make a name one of a count for a unit, or of a time: ``tokens_per_minute``, ``ttl_access_token``."""

PERIODS: Final = words(
    "ttl timeout expiry expiration expires duration interval lifetime validity seconds minutes hours days"
)
COUNTS: Final = words("length size limit port count attempts retries iterations rounds history")

MEASURED_LAST_WORDS: Final = PERIODS | COUNTS
"""A number under a name that ends with them is a period, a size or a count: ``password_length``, ``token_ttl``."""

VENDORS: Final = words(
    """
    airbyte airtable algolia alibaba aliyun amplitude anthropic appsflyer artifactory asana atlassian aws azure
    bitbucket braintree braze brevo clickhouse cloudflare cloudinary cohere confluence consul contentful databricks
    datadog dbt deepgram deepseek digitalocean discord docker dockerhub dropbox elastic elasticsearch elevenlabs
    etcd fastly figma firebase fivetran gcp gcs gemini gitea github gitlab gmail google grafana groq heroku
    honeycomb hubspot huggingface influxdb intercom iterable jenkins jira kaggle kafka keycloak klaviyo langchain
    langfuse
    langsmith launchdarkly linear linkedin litellm looker mailchimp mailersend mailgun mailjet mandrill mapbox
    mariadb maxmind messagebird mistral mixpanel mongo mongodb mssql mysql netlify newrelic newsapi nexus ngrok
    notion npm nvidia okta onesignal openai openrouter opensearch openweather opsgenie oracle pagerduty paypal
    perplexity pinecone pinterest plaid postgres postgresql posthog postmark pushover pypi quay rabbitmq razorpay
    recurly redis redshift replicate rollbar runpod salesforce segment sendgrid sentry shodan shopify slack
    snowflake snyk sonar sonarqube sparkpost splunk spotify square stripe supabase tableau tailscale tavily telegram
    terraform tinybird trello twilio twitter typeform vault vercel vimeo virustotal vonage wandb weaviate whatsapp
    xai youtube zapier zendesk zoom
    """
)
"""Services whose keys and passwords are named after them: ``stripe_key``, ``password_github``."""

_WRITTEN_IN: Final = words(
    """
    value values val string str text txt plain plaintext raw base b enc encoded decoded decrypted encrypted hex binary
    bytes content contents blob body payload openssh pkcs der ppk cleartext pem json yaml dict data jar list array
    map object objects var variable env
    """
)
"""What the noun is written in, or that it is the thing itself."""

_WHICH_ONE: Final = words(
    """
    current previous prev temporary temp old new latest primary secondary alt alternate alternative backup a v x one
    two three third prod production prd dev devel development stage staging stg test testing tst qa uat live sandbox
    local demo preprod admin root first second override insecure wo readonly readwrite rw ro
    tmp nonprod int ci eu us uk de fr es it nl apac emea latam
    free paid remote mqtt http https ftp sftp smtp imap ssh vpn wifi ldap bd db database router server
    """
)
"""Which of several it is, and where it holds. Terraform's arguments that are only written end in ``wo``."""

NEUTRAL_LAST_WORDS: Final = _WRITTEN_IN | _WHICH_ONE | VENDORS
"""Last words that leave the noun before them what it is."""

PUBLISHED: Final = words("public wrapped")
"""They make a key or a credential harmless, wherever they stand in the name: ``publicSshKey``, ``wrapped_data_key``."""

PUBLISHED_WORDS: Final = words("key keys credential credentials")

HARMLESS_VARIABLES: Final = words(
    """
    public publishable site cache partition sort primary map hash idempotency object s3 s dedup lookup row table
    column index unique routing route group item translation locale registry wrapped ssh gpg pgp host deploy
    natural business surrogate join shard message event feature file blob state task etag checksum dim fact order class
    image project experiment content doc document uuid station pk fk sk
    """
)
"""Kinds of keys that open nothing, or that are public: an environment variable of such a name holds no secret."""

POINTING: Final = words(
    """
    bucket destination dest source src input output data tag tags header headers field property attribute parameter
    param variable var metadata meta id url uri text resource label labels annotation dimension config setting item
    items entity record records parent child previous prev next last first start end min max key keys target file
    folder path link location kms arn customer product account order orders job run dag component schema tuple
    range result response value values payload before after row rows object objects request query args
    """
)
"""What stands before a key that finds or names it: no service is called so."""

FINDING: Final = words(
    """
    a action active address affinity agent aggregation aggregator album alert alias allocation alternate anchor and
    answer archive area artifact aspect asset atom attach attachment attr audio auto avatar backbone batch begin bind
    binding body booking boot bound boundary branch brand bucketing build buyer by calendar campaign capacity category
    channel char check checkpoint chunk citation city claim classification client cluster collapse collection color
    commit company composite composition compound concurrency condition conf confirm connection connector consent
    consolidation contact container context controller conversation copy correlation counter country coupon course
    cover criterion crypto csv currency current cursor cust custom dashboard database dataset datastore date db
    debounce dedupe deduplication default definition delete delimited department derive derived discovery disk drive
    driver edge edition element embedding employee en enable encoded encounter encrypted encryption endpoint
    entitlement environment err error evaluated execution export exportable extension external f facet failure feed
    filter finding fingerprint fiscal flag flight flow for forward from gdoc generate generated geo geography glossary
    graph gre grouping gsheet gsheets gsi gsi1 hot hotspot hour idemp idempotent identifier identity imported
    importing incident initial installation instance interface inventory invoice isolation issue jre json jvm kernel
    keyboard kind kms language layer lead left library limit limiting loc locale localization localized lock log lsi
    lsi1 managed management manifest mapping masked match matched measurement media member members metric metrics
    mobile model module month msg mutation mutex n name names namespace nation network new node offset old on
    operation operator option ordering org organization organizer original override owned owner p page pagination
    panelist part password patch patient pattern payment pdf peer per period photo pipeline plan player point pool
    prefix prerequisite privacy process profile proj promotion prompt properties provider pub public publish question
    queue quota ramp rate recaptcha recommendation recording redacted ref reference reg region registrant relation
    replica replication repo report requirement reservation resident reuse right role roles room rotate rotated rule
    ruleset s sales scaling screenshot scroll search seller semaphore sensor sequence serial servers set share sheet
    shipment shortcut signing sku slot snapshot space span spdx spreadsheet sql staging stat store string student
    style subject submission subnet such supp supplier support survey system tab tables targeting taxonomy team
    template tenant term terms territory tertiary theme thread throttle thumbnail ticket time timeseries timestamp
    timezone tips title toggle tool top topic topology trace transaction tree trial trie trip trusted type uniq update
    upload user username users valid variables variant variation vault vector vehicle vendor verification version
    vertex video visit volume voucher vpc vulnerability warehouse watermark webinar week widget wildcard window with
    workbook workflow workload worksheet x xcom y year zh zone
    """
)
"""What else finds, orders or names something by its key in names of small letters, which are more often of data."""

URL_WORDS: Final = words("url urls uri uris link links")

URL_TRAITS: Final = words("presigned signed sas webhook")
"""Kinds of addresses that need no password beside them. Addresses with a password are found by their content."""

LINK_TRAITS: Final = words(
    """
    activation invite invitation onboarding verification confirmation passwordless otp streaming logplex drain join
    embed federated sso signin session
    """
)
"""Kinds of addresses that let somebody in once, if what they end with was made at random."""
