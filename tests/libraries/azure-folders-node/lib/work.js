exports.run = async (context, item) => {
  if (item.fail) throw new RangeError('asked to fail');
  return { got: item, count: context.bindingData.dequeueCount };
};
