// The net off the page's thread: says when it is ready, then answers pixels with probabilities.
import { load } from "./net.js";

const { read, error } = await load();
onmessage = ({ data }) => postMessage(read(data));
postMessage(error);
