/** The most threads that share the work of a model: more than machines have. Each is a worker. */
export const MAX_THREADS = 256;
