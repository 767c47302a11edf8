/** The families with what is done with them, as one bundle for the process that counts. */
export { families } from "./families.ts";
export { done } from "./works.ts";
