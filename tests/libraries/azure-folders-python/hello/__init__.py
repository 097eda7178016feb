import logging

import azure.functions as func

from ..shared import greeting


def main(req: func.HttpRequest, sent: func.Out[str], context: func.Context) -> func.HttpResponse:
    logging.info("saying hello by %s in %s", req.method, context.function_name)
    sent.set(req.route_params["who"])
    return func.HttpResponse(greeting(req.route_params["who"]), status_code=201)
