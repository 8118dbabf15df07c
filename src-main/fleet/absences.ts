/** Times this machine was away while a link stood: it slept, or changed its network. */
export class Absences {
  readonly #answers: () => Promise<boolean>;
  #count = 0;
  #checking: Promise<boolean> | null = null;

  /** @param answers asks the engine one question more; resolves with whether it has answered soon enough. Never rejects */
  constructor(answers: () => Promise<boolean>) {
    this.#answers = answers;
  }

  /** What was asked while this was less is of a time before, and proves nothing. */
  get count(): number {
    return this.#count;
  }

  /**
   * One more. Resolves with whether the link has outlived it; where that is being found out already, the engine is asked
   * once more afterwards, however often this is called meanwhile.
   */
  outlived(): Promise<boolean> {
    this.#count += 1;
    this.#checking ??= this.#check().finally(() => {
      this.#checking = null;
    });
    return this.#checking;
  }

  async #check(): Promise<boolean> {
    for (;;) {
      const asked = this.#count;
      if (!(await this.#answers())) return false;
      if (asked === this.#count) return true;
    }
  }
}
