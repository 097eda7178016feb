// The oldest form: no promise, but a call when all is done.
module.exports = function (context) {
  setTimeout(() => {
    context.res = { body: 'later' };
    context.done();
  }, 10);
};
