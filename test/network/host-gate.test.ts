import type {MultiaddrConnection} from '@libp2p/interface';
import {multiaddr} from '@multiformats/multiaddr';
import {describe, expect, it} from 'vitest';
import {HostGate} from '../../src/network/host-gate.ts';
import {hostOf} from '../../src/network/host-of.ts';

describe('a host', () => {
  it.each([
    ['/ip4/192.0.2.1/tcp/1', '192.0.2.1'],
    ['/ip6/2001:db8:0:7::1/tcp/1', '2001:db8:0:7::/64'],
    ['/ip6/2001:db8:0:7:ffff:ffff:ffff:ffff/tcp/1', '2001:db8:0:7::/64'],
    ['/ip6/2001:db8:0:8::1/tcp/1', '2001:db8:0:8::/64'],
    ['/ip6/::1/tcp/1', '0:0:0:0::/64'],
    ['/ip6/::ffff:192.0.2.1/tcp/1', '192.0.2.1'],
    ['/ip6/::ffff:c000:201/tcp/1', '192.0.2.1'],
    ['/ip6zone/eth0/ip6/fe80::1/tcp/1', 'fe80:0:0:0::/64'],
  ])('of %s is %s', (address, host) => {
    expect(hostOf(multiaddr(address))).toBe(host);
  });
});

describe('HostGate', () => {
  class Connection extends EventTarget {
    status = 'open';
    readonly remoteAddr;

    constructor(address: string) {
      super();
      this.remoteAddr = multiaddr(address);
    }

    end(): void {
      this.status = 'closed';
      this.dispatchEvent(new Event('close'));
    }
  }
  const isDenied = (gate: HostGate, connection: Connection): boolean =>
    gate.denyInboundConnection(connection as unknown as MultiaddrConnection);

  it('counts what has begun, whether its handshake ends or not, until it is over', () => {
    const gate = new HostGate(2);
    const [one, two, three, other] = [1, 2, 3, 4].map(
      (i) => new Connection(`/ip6/2001:db8::${i === 4 ? '1:0:0:0:' : ''}${i}/tcp/1`),
    ) as [Connection, Connection, Connection, Connection];
    expect([one, two, three, other].map((each) => isDenied(gate, each))).toEqual([
      false,
      false,
      true,
      false,
    ]);
    three.end();
    expect(isDenied(gate, new Connection('/ip6/2001:db8::5/tcp/1'))).toBe(true);
    one.end();
    expect(isDenied(gate, new Connection('/ip6/2001:db8::5/tcp/1'))).toBe(false);
  });

  it('counts none that has ended before', () => {
    const gate = new HostGate(1);
    const gone = new Connection('/ip4/192.0.2.1/tcp/1');
    gone.end();
    expect(isDenied(gate, gone)).toBe(true);
    expect(isDenied(gate, new Connection('/ip4/192.0.2.1/tcp/2'))).toBe(false);
  });
});
