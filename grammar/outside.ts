/** The error for a file that a text names and may not read. */

/** The error of a reader that keeps texts from reading files outside of their project, whose folder is `root`. */
export class OutsideProject extends Error {
  readonly root: string;

  constructor(root: string) {
    super(`it lies outside of the project, ${root}`);
    this.root = root;
  }
}
