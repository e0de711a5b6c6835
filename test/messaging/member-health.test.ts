import {expect, it} from 'vitest';
import {MemberHealth} from '../../src/messaging/member-health.ts';
import {toNodeId} from '../../src/protocol/bytes.ts';

const member = toNodeId(new Uint8Array(20).fill(1));
const other = toNodeId(new Uint8Array(20).fill(2));

function openHealth() {
  const machine = {nowMs: 1_700_000_000_000};
  return {machine, health: new MemberHealth({nowMs: () => machine.nowMs})};
}

it('a member that fails is down for a pause that doubles each time, up to 15 s', () => {
  const {machine, health} = openHealth();
  for (const pauseMs of [500, 1000, 2000, 4000, 8000, 15_000, 15_000]) {
    health.failed(member);
    machine.nowMs += pauseMs - 1;
    expect(health.isUp(member)).toBe(false);
    machine.nowMs += 1;
    expect(health.isUp(member)).toBe(true);
  }
  expect(health.isUp(other)).toBe(true);
});

it('requests that fail while it is down, as those under way together, count once', () => {
  const {machine, health} = openHealth();
  for (const ms of [0, 100, 399]) {
    machine.nowMs += ms;
    health.failed(member);
  }
  machine.nowMs += 1;
  expect(health.isUp(member)).toBe(true);
  health.failed(member);
  machine.nowMs += 999;
  expect(health.isUp(member)).toBe(false);
});

it('one that is heard is up, and its next pause is the first again', () => {
  const {machine, health} = openHealth();
  health.failed(member);
  machine.nowMs += 500;
  health.failed(member);
  health.heard(member);
  expect(health.isUp(member)).toBe(true);
  health.failed(member);
  machine.nowMs += 500;
  expect(health.isUp(member)).toBe(true);
});
