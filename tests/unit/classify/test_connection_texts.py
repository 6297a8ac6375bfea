"""Connection strings with and without a password."""

from __future__ import annotations

import pytest

from secure_xcom.classify.connection_texts import is_bare_host, opens_nothing

WITHOUT = (
    "Data Source=app.db",
    r"Server=localhost\SQLEXPRESS2;Database=Store;Trusted_Connection=true;TrustServerCertificate=true;",
    r"Server=(localdb)\mssqllocaldb;Database=Store;Integrated Security=True",
    "Data Source={HOST};Initial Catalog={NAME};ApplicationIntent=ReadWrite;MultiSubnetFailover=False",
    "Host=localhost;Port=5432;Database=store;Username=postgres",
    "server=localhost;port=3306;database=store;user=root;password=",
    "localhost:6379",
    "redis:6379,abortConnect=false,ssl=true",
    "memory",
    "Server=tcp:db.internal,1433;Initial Catalog=Store;User ID=ann@acme;Encrypt=True",
    "Data Source=/data/app.db;Cache=Shared",
    "host=db1 port=5432 dbname=store user=app sslmode=require",
    "dbname=${DB} user=${DB_USER} password=${DB_PASSWORD} host=postgres port=5432",
    "Server=db1;Database=store;User Id=app;Password=${DB_PASSWORD}",
    "Server=db1;Database=store;User Id=app;Password=your-db-password",
)

WITH = (
    "InstrumentationKey=your-instrumentation-key;IngestionEndpoint=dragon",
    "Server=db1;Database=store;User Id=sa;Password=dragon",
    "Server=db1;Database=store;Uid=sa;Pwd=x;",
    "Server=db1;Database=store;password = dragon",
    "Server=db1;Database=store;PWD=dragon",
    "Server=db1;Secret=dragon",
    "Server=db1;AccountKey=dragon",
    "Endpoint=sb://acme.example.net/;SharedAccessKeyName=root;SharedAccessKey=dragon",
    "Server=db1;Database=9fK2xQ7LmZpR4vTb",
    "Server=db1;User Id=9fK2xQ7LmZpR4vTb",
    "Server=db1;Port=482913",
    "Server=db1;Encrypt=tr0ub4dor&3",
    "Server=db1;dragon",
    "Server=db1;Database=a=b@c",
    "Port=5432;Timeout=30",
    "User Id=sa",
    "Password=",
    "dragon",
    "hunter2:6379",
    "admin:4711",
    "redis:dragon",
    "redis:6379,password=dragon",
    "redis:6379,dragon",
    "",
    "Server=tcp:db,1433;User=ann:hunter2",
    "Address=ann:hunter2",
    "Data Source=scott/tiger",
    "Server=db1;Uid=ann/hunter2",
    "Server=db PWD hunter2",
    "server=redis,password hunter2",
    "host=db;user=ann hunter2",
    "host=db1 dbname=store user=app password=dragon",
    "host=db1 dbname=store passfile=hunter2",
    "host=db1 dbname=store user=app hunter2",
    "host=db1 dbname=9fK2xQ7LmZpR4vTb",
    "host=db1 user=app password=${DB_PASSWORD}hunter2",
    "Server=db1;Password=your-hunter2",
)

OTHERS = (
    "postgres:12345",
    "redis:4711",
    "Server=hunter2",
    "server=s1; uid=4711",
    "uid=482913;server=web",
    "username=alice;server=n1;timeout=20",
)
"""What may let somebody in where no name says that it is a connection string: a user and a PIN, and a cookie."""


BARE = (
    "https://hooks.internal",
    "http://203.0.113.124:8080/",
    "https://{WEBHOOK_HOST}:{WEBHOOK_PORT}{WEBHOOK_PATH}",
    "https://${HOST}/",
    "https://bot.internal/api/telegram/webhook",
)

LEADING = (
    "https://hooks.internal/services/T0/B0/9fK2",
    "https://hooks.internal/?token=dragon",
    "https://hooks.internal/webhook/dragon",
    "https://hooks.internal/webhook/4711",
    "https://eoabc1x2y3z4k5l6.m.pipe.example/webhook",
    "https://eoabc1x2y3z4k5l6.m.pipe.example",
    "https://ann:dragon@hooks.internal",
    "https://eo9fK2xQ7Lm.hooks.example.org",
    "https://hooks.internal:dragon/",
    "ftp://hooks.internal",
    "hooks.internal",
    "https://{HOST}/9fK2",
)


@pytest.mark.parametrize("text", BARE)
def test_the_address_of_a_host_alone_lets_nobody_post(text: str) -> None:
    assert is_bare_host(text)


@pytest.mark.parametrize("text", LEADING)
def test_an_address_that_leads_somewhere_may_let_somebody_post(text: str) -> None:
    assert not is_bare_host(text)


@pytest.mark.parametrize("text", WITHOUT)
def test_a_connection_string_without_a_password_opens_nothing(text: str) -> None:
    assert opens_nothing(text, is_called_so=True)


@pytest.mark.parametrize("text", WITH)
def test_what_may_be_a_password_in_a_connection_string_opens_something(text: str) -> None:
    assert not opens_nothing(text, is_called_so=True)


@pytest.mark.parametrize("text", OTHERS)
def test_a_text_that_no_name_calls_a_connection_string_may_be_something_else(text: str) -> None:
    assert opens_nothing(text, is_called_so=True)
    assert not opens_nothing(text)
