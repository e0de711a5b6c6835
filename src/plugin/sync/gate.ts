const LOOK_AGAIN_MS = 250;

/** Lets all who wait go on when something has happened, or after a quarter of a second. */
export class Gate {
  #next = Promise.withResolvers<void>();

  open(): void {
    const {resolve} = this.#next;
    this.#next = Promise.withResolvers<void>();
    resolve();
  }

  async passed(): Promise<void> {
    const {promise} = this.#next;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, LOOK_AGAIN_MS);
    });
    await Promise.race([promise, late]);
    clearTimeout(timer);
  }
}
