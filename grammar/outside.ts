/** What a text names, and may not have. */

/** Thrown by a reader that keeps texts from files outside of their project, whose folder is `root`. */
export class OutsideProject extends Error {
  readonly root: string;

  constructor(root: string) {
    super(`it lies outside of the project, ${root}`);
    this.root = root;
  }
}
