/** Chances of the shell: nothing of consensus depends on them. */
export const randomBytes = (length: number): Uint8Array =>
  crypto.getRandomValues(new Uint8Array(length));

/** An integer of 0 to below `bound`, which is at most 2^32. */
export function randomBelow(bound: number): number {
  const [word = 0] = crypto.getRandomValues(new Uint32Array(1));
  return Math.floor((word / 2 ** 32) * bound);
}
