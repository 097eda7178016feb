module.exports = async function (context, req) {
  context.log('saying hello by', req.method);
  context.bindings.sent = { who: req.params.who };
  context.res = {
    status: 201,
    headers: { 'x-a': 'b' },
    body: { who: context.bindingData.who, times: req.query.times, body: req.body ?? null },
  };
};
