exports.handler = async (event) => {
  if (event.name === 'fail') throw new TypeError('asked to fail');
  return `hello ${event.name}`;
};
