"""What ``secure-xcom tune`` finds out about a deployment's XComs, and about the source of its Dags."""
