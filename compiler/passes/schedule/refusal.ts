/** Why a directive cannot be done: a clause about the loop, such as "has 3 rounds alone". */
export class Refusal extends Error {
  override readonly name = "Refusal";
}
