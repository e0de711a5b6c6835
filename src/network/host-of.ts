import type {Multiaddr} from '@multiformats/multiaddr';

const GROUPS = 8;
/** Of an IPv6 address: what one customer gets, and can fill with addresses of its own. */
const NETWORK_GROUPS = 4;
/** First groups of `::ffff:a.b.c.d`: how a socket of both families shows an IPv4 address. RFC 4291 §2.5.5.2. */
const MAPPED = '0:0:0:0:0:ffff';

/** All eight groups, without leading zeros. */
function groupsOf(ip6: string): readonly string[] {
  // The URL parser brings every form of an IPv6 address into one (RFC 5952).
  const text = new URL(`http://[${ip6}]`).hostname.slice(1, -1);
  const [head = [], tail = []] = text
    .split('::')
    .map((part) => part.split(':').filter((group) => group !== ''));
  return [...head, ...Array(GROUPS - head.length - tail.length).fill('0'), ...tail];
}

function ip4Of(groups: readonly string[]): string {
  const bytes = groups.flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
  return bytes.join('.');
}

/** Whom a connection counts for: an IPv4 address, or the /64 of an IPv6 one. SPEC.md §15.9. */
export function hostOf(address: Multiaddr): string {
  // A zone stands before its address.
  const ip = address.getComponents().find(({name}) => name === 'ip4' || name === 'ip6');
  const [text = ''] = ip?.value?.split('%') ?? [];
  if (ip?.name !== 'ip6') return text;
  const groups = groupsOf(text);
  if (groups.slice(0, -2).join(':') === MAPPED) return ip4Of(groups.slice(-2));
  return `${groups.slice(0, NETWORK_GROUPS).join(':')}::/64`;
}
