/** A small seeded generator (xorshift128): the printed seed replays a failure. */
export class Random {
  #state: [number, number, number, number];

  constructor(seed: number) {
    this.#state = [seed | 0 || 1, 0x9e3779b9, 0x243f6a88, 0xb7e15162];
    for (let i = 0; i < 20; i++) this.u32();
  }

  u32(): number {
    const [a, b, c, d] = this.#state;
    let t = d ^ (d << 11);
    t ^= t >>> 8;
    const next = (t ^ a ^ (a >>> 19)) >>> 0;
    this.#state = [next, a, b, c];
    return next;
  }

  below(limit: number): number {
    return limit <= 0 ? 0 : this.u32() % limit;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.u32() & 0xff;
    return bytes;
  }
}
