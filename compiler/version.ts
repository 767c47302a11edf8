/** Equal to package.json's, which a test holds. */
export const version: string = "0.1.0";
