"""The only package that imports Airflow."""

# Airflow imports this package while it starts (its policy, the XCom backend). Where something else comes first, such
# as the command line, Airflow must have started before any module here is half imported.
import airflow as _airflow  # noqa: F401
