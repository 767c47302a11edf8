/** Whether something does not hold, or cannot be told. */
export function fails(holds: () => boolean): boolean {
  try {
    return !holds();
  } catch {
    return true;
  }
}
