/** Settles as `work` does, but throws an error with code `deadline` after `ms`; the work goes on. */
export const within = async <Value>(ms: number, work: Promise<Value>): Promise<Value> => {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(Object.assign(new Error('It took too long'), { code: 'deadline' }));
  }, ms);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
};
