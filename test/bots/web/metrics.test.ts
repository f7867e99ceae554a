import { expect, it } from 'vitest'
import { isNear } from '../../../bots/web/metrics.ts'
import { raw } from './client.ts'
import { testStands } from './stand.ts'

const stand = testStands()

/** What proxies put on a request that they pass on. */
const FORWARDING = [
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'X-Forwarded-Proto',
  'X-Real-IP',
  'Forwarded',
  'Via',
  'CF-Connecting-IP',
  'True-Client-IP',
]

it('knows this machine and private networks, whatever an address is wrapped in', () => {
  for (const near of ['127.0.0.1', '127.9.9.9', '10.1.2.3', '172.31.0.1', '192.168.0.9', '::1', 'fd00::1', 'fe80::1'])
    expect([near, isNear(near)]).toEqual([near, true])
  expect(isNear('::ffff:10.0.0.1')).toBe(true)
  for (const far of ['8.8.8.8', '172.32.0.1', '100.64.0.1', '2001:db8::1', '::ffff:8.8.8.8', '', 'localhost'])
    expect([far, isNear(far)]).toEqual([far, false])
})

it('answers this machine, and nobody behind a proxy that is not believed', async () => {
  const web = await stand()
  const answer = await fetch(`${web.local}/metrics`)
  expect([answer.status, await answer.text()]).toEqual([200, 'up 1\n'])
  expect(answer.headers.get('content-type')).toContain('text/plain')
  for (const name of FORWARDING) {
    const hidden = await fetch(`${web.local}/metrics`, { headers: { [name]: '10.0.0.1' } })
    expect([name, hidden.status, await hidden.json()]).toEqual([name, 404, { code: 'web.not_found' }])
  }
})

it('believes a proxy when told to: those behind it are near or far by their own address', async () => {
  const web = await stand(undefined, { trustProxy: 'loopback' })
  const asked = async (from: string) => (await raw(`${web.local}/metrics`, { 'x-forwarded-for': from })).status
  expect(await asked('10.0.0.7')).toBe(200)
  expect(await asked('203.0.113.7')).toBe(404)
  const silent = FORWARDING.filter((name) => name !== 'X-Forwarded-For')
  for (const name of silent)
    expect([name, (await fetch(`${web.local}/metrics`, { headers: { [name]: '10.0.0.7' } })).status]).toEqual([
      name,
      404,
    ])
  expect((await fetch(`${web.local}/metrics`)).status).toBe(200)
})
