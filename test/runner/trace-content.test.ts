import { deflateSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { createTraceContent } from '../../runner/trace-content.ts'
import type { Json } from '../harness.ts'

/** What is kept of a trace's parts; that a whole trace holds no secret any more is shown in traces.test.ts. */

const SECRET = 'Kx7-gr\u00fcn'
const CODE = '903417'

const content = (secrets = [SECRET, CODE], names: Record<string, string> = {}) => createTraceContent(secrets, (name) => names[name])
const kept = (found: Json, of = content()): Json | null => {
  const line = of.line(JSON.stringify(found))
  return line === null ? null : (JSON.parse(line) as Json)
}
const fill = (value: string) => ({ type: 'before', callId: 'call@1', class: 'Frame', method: 'fill', params: { selector: 'input', value, timeout: 1 } })

describe('a line', () => {
  test.each<[what: string, line: Json, shown: Json]>([
    ['a call', fill(`It is ${SECRET}`), fill('It is [redacted]')],
    ['a call that types a part', fill('7-gr'), fill('[redacted]')],
    ['a call that types something else', fill('Kx8'), fill('Kx8')],
    ['a number that was handed over', { type: 'before', method: 'evaluateExpression', params: { arg: { value: { n: 903417 } } } }, { type: 'before', method: 'evaluateExpression', params: { arg: { value: { n: '[redacted]' } } } }],
    ['a number that came back', { type: 'after', result: { value: { n: 903417 } } }, { type: 'after', result: { value: { n: '[redacted]' } } }],
    ['the time of a call', { type: 'after', endTime: 903417 }, { type: 'after', endTime: 903417 }],
    ['the log of a call that types a character', { type: 'log', message: '  fill("9")' }, { type: 'log', message: '  fill("[redacted]")' }],
    ['what a field holds, whole or in part', { type: 'frame-snapshot', snapshot: { html: ['INPUT', { __playwright_value_: '9' }, ['INPUT', { __playwright_value_: `${SECRET}!` }]] } }, { type: 'frame-snapshot', snapshot: { html: ['INPUT', { __playwright_value_: '[redacted]' }, ['INPUT', { __playwright_value_: '[redacted]!' }]] } }],
    ['a place in a page', { type: 'frame-snapshot', snapshot: { html: [[3, 903417]] } }, { type: 'frame-snapshot', snapshot: { html: [[3, 903417]] } }],
    ['what opens a session', { type: 'resource-snapshot', snapshot: { request: { cookies: [{ name: 'sid', value: 'x' }], headers: [{ name: 'Cookie', value: 'sid=x' }, { name: 'accept', value: '*/*' }] }, response: { headers: [{ name: 'set-cookie', value: 'sid=x' }] } } }, { type: 'resource-snapshot', snapshot: { request: { cookies: [{ name: 'sid', value: '[redacted]' }], headers: [{ name: 'Cookie', value: '[redacted]' }, { name: 'accept', value: '*/*' }] }, response: { headers: [{ name: 'set-cookie', value: '[redacted]' }] } } }],
    ['the type of a line that is a secret, too', { type: 'Kx7-gr\u00fcn', text: SECRET }, { type: 'Kx7-gr\u00fcn', text: '[redacted]' }],
  ])('%s', (_what, line, shown) => {
    expect(kept(line)).toEqual(shown)
  })

  test('that is a picture of the page, or no line at all, is left out', () => {
    expect(kept({ type: 'screencast-frame', file: 'screencast/1.jpeg' })).toBeNull()
    expect(content().line('{"type":"bef')).toBeNull()
  })

  test('names files by their new names', () => {
    const of = content([SECRET], { 'resources/abc.css': 'resources/new.css' })
    expect(kept({ type: 'frame-snapshot', snapshot: { resourceOverrides: [{ file: 'resources/abc.css' }] } }, of)).toEqual({ type: 'frame-snapshot', snapshot: { resourceOverrides: [{ file: 'resources/new.css' }] } })
  })

  test('loses only what opens a session where the run has no secret', () => {
    const of = content([])
    expect(kept(fill('9'), of)).toEqual(fill('9'))
    expect(kept({ type: 'screencast-frame', file: 'screencast/1.jpeg' }, of)).not.toBeNull()
    expect(kept({ type: 'resource-snapshot', snapshot: { request: { headers: [{ name: 'authorization', value: 'Bearer x' }] } } }, of)).toMatchObject({ snapshot: { request: { headers: [{ value: '[redacted]' }] } } })
  })
})

describe('a body', () => {
  const latin1 = (text: string) => Buffer.from(text, 'latin1')
  test.each<[what: string, name: string, bytes: Buffer, shown: Buffer | null]>([
    ['a text', 'a.dat', Buffer.from(`p=${encodeURIComponent(SECRET)}&q=${CODE}`), Buffer.from('p=[redacted]&q=[redacted]')],
    ['a text in Latin-1', 'a.css', latin1(`/* f\u00fcr ${SECRET} */`), latin1('/* f\u00fcr [redacted] */')],
    ['bytes that are no text', 'a.dat', Buffer.from([0xff, 0xfe, 0x41]), null],
    ['a text of two bytes a character', 'a.txt', Buffer.from(`Code ${CODE}`, 'utf16le'), null],
    ['something packed', 'a.pdf', deflateSync(CODE.repeat(9)), null],
    ['a picture', 'a.png', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0xff]), Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0xff])],
    ['a picture with words in it', 'a.jpeg', Buffer.concat([Buffer.from([0xff, 0xd8, 0]), Buffer.from(SECRET)]), null],
    ['a picture of the page', 'screencast/a.jpeg', Buffer.from([0xff, 0xd8, 0]), null],
  ])('that is %s', (_what, name, bytes, shown) => {
    expect(content().body(name, bytes)).toEqual(shown)
  })

  test('in Latin-1 is left out where the secret has other letters', () => {
    expect(content(['\u0441\u0435\u043a\u0440\u0435\u0442']).body('a.css', latin1('/* f\u00fcr */'))).toBeNull()
  })

  test('of a form is left out once a code was spread over boxes', () => {
    const request = { type: 'resource-snapshot', snapshot: { request: { method: 'POST', postData: { _file: 'resources/form.dat' } } } }
    const body = Buffer.from('code=9&code=0')
    const whole = content()
    expect(kept(fill('9'), whole)).not.toBeNull()
    expect(kept(request, whole)).toEqual(request)
    expect(whole.body('resources/form.dat', body)).toEqual(body)
    const spread = content()
    for (const character of '90') kept(fill(character), spread)
    expect(kept(request, spread)).toEqual({ type: 'resource-snapshot', snapshot: { request: { method: 'POST' } } })
    expect(spread.body('resources/form.dat', body)).toBeNull()
    expect(spread.body('resources/other.dat', body)).toEqual(body)
  })
})
