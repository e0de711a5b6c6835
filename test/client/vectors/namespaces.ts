/** SPEC.md §15.5: who may do what in a namespace, and how long a record may live there. */
const DAY_MS = 86_400_000;

export function namespaceKind(namespace: number): string {
  const text = namespace.toString();
  if (text.endsWith('0')) return 'publicInbox';
  // −1, −21, −41 …
  return /^-(\d*[02468])?1$/.test(text) ? 'publicOutbox' : 'private';
}

export const longestLifetimeMs = (namespace: number): number =>
  (namespaceKind(namespace) === 'publicInbox' ? 14 : 30) * DAY_MS;

const NAMESPACES = [
  ...[-32_768, -32_767, -32_761, -32_760, -32_751, -41, -31, -30, -21, -20, -11, -10, -2, -1],
  ...[0, 1, 2, 9, 10, 11, 21, 32_760, 32_767],
];

export const namespaceVectors = (): readonly unknown[] =>
  NAMESPACES.map((namespace) => ({
    namespace,
    kind: namespaceKind(namespace),
    longestLifetimeMs: longestLifetimeMs(namespace).toString(),
  }));
