"""Run the processor: `python -m guardrail`."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys

import grpc
from envoy_data_plane.envoy.service.ext_proc.v3 import ProcessingRequest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from prometheus_client import CollectorRegistry, start_http_server

from guardrail.checks import CHECKS
from guardrail.processor import Processor

_SERVICE = "envoy.service.ext_proc.v3.ExternalProcessor"
_MIB = 1024 * 1024
# What surrounds a body in a message: headers, attributes, the protocol itself.
_AROUND = _MIB
_GRACE = 25


class JsonLines(logging.Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps({"level": record.levelname.lower(), "logger": record.name, "message": record.getMessage()})


async def serve(processor: Processor, max_body: int, port: int) -> None:
    """Serve until SIGTERM; requests that are under way are finished first."""
    server = grpc.aio.server(options=[("grpc.max_receive_message_length", max_body + _AROUND)])
    process = grpc.stream_stream_rpc_method_handler(
        processor.process, request_deserializer=ProcessingRequest.parse, response_serializer=bytes
    )
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(_SERVICE, {"Process": process}),))
    state = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(state, server)
    server.add_insecure_port(f"0.0.0.0:{port}")
    await server.start()
    await state.set("", health_pb2.HealthCheckResponse.SERVING)
    ending = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ending.set)
    await ending.wait()
    await state.set("", health_pb2.HealthCheckResponse.NOT_SERVING)
    await server.stop(_GRACE)


def main() -> None:
    """Read the environment and serve."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    observed = {name.strip() for name in os.environ.get("OBSERVED", "").split(",")} - {""}
    unknown = observed - {check.name for check in CHECKS}
    if unknown:
        sys.exit(
            f"OBSERVED names no check: {', '.join(sorted(unknown))}; there are {', '.join(one.name for one in CHECKS)}"
        )
    max_body = int(os.environ.get("MAX_BODY_BYTES", str(8 * _MIB)))
    registry = CollectorRegistry()
    processor = Processor(registry, max_body, observed)
    start_http_server(int(os.environ.get("METRICS_PORT", "9090")), registry=registry)
    asyncio.run(serve(processor, max_body, int(os.environ.get("PORT", "9000"))))


if __name__ == "__main__":
    main()
