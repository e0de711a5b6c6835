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
