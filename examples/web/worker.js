// The net off the page's thread: says when it is ready, then answers pixels with the outputs of the net.
import { error, read } from "./net.js";

onmessage = ({ data }) => postMessage(read(data));
postMessage(error);
