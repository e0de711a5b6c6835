/** One place where a file names another module. */
export type Import = {
  /** As written; undefined when `import(…)` is given something other than a plain string. */
  readonly specifier: string | undefined;
  /** `type`: the whole statement is erased. An inline `{type A}` still loads the module. */
  readonly kind: 'static' | 'type' | 'dynamic';
  readonly line: number;
};

/** One identifier that refers to something by its own name: no property, no key, no label. */
export type Mention = {
  readonly name: string;
  /** The property read from it, as `random` in `Math.random`. */
  readonly property: string | undefined;
  readonly line: number;
};

/** What the checks need of one file. */
export type ParsedSource = {
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  readonly mentions: readonly Mention[];
  /** Names read from an object by `.name`. */
  readonly properties: readonly {readonly name: string; readonly line: number}[];
  /** Lines with `async`, `await` or `for await`. */
  readonly asyncLines: readonly number[];
  /** Nothing but `export … from` statements. */
  readonly isBarrel: boolean;
};
