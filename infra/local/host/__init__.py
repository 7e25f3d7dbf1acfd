"""A development host for Azure Functions apps in Python's v2 model.

Microsoft's own Python execution engine (`azure-functions-runtime`) indexes and runs the functions; this package is
what stands around it on one machine: HTTP routing, queue and timer listeners, queue outputs, the admin endpoints.
It is for development and tests. Production is Azure Functions; the same tree runs under `func start` unchanged.

What it imitates of the real host, what it does not, and which test shows each row: docs/development-host.md.

    python -m infra.local.host --port 7071 --app .

    async with DevelopmentHost(app_dir, settings, port=0) as host:      # development_host.py
        await session.post(f"{host.url}/api/…")
        await host.queues_idle(timeout_s=10)
"""
