/** One broken rule at one place. */
export type Violation = {
  readonly rule: string;
  readonly path: string;
  readonly line: number;
  readonly what: string;
};

export function formatViolation({rule, path, line, what}: Violation): string {
  return `${rule}: ${path}:${line} ${what}`;
}
