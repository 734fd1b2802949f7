import { describe, expect, test } from 'vitest'
import { readAs, type FieldType, type ReadOptions } from '../../../steps/lib/read-as.ts'

type Row = [text: string, options: Partial<ReadOptions>, expected: unknown]

const table = (type: FieldType, rows: Row[]) =>
  describe(`${type}: what a text says`, () => {
    test.each(rows)('%j with %j is %j', (text, options, expected) => {
      const read = readAs(type, text, { lang: '', ...options })
      if (expected instanceof RegExp) expect(read).toEqual({ fault: expect.stringMatching(expected) })
      else expect(read).toEqual({ value: expected })
    })
  })

table('number', [
  ['1,234.50 €', {}, 1234.5],
  ['CHF 1.234,50', {}, 1234.5],
  ['kr. 12 345 678,9', {}, 12345678.9],
  ["1'234.50", {}, 1234.5],
  ['1,23,456.5', {}, 123456.5],
  ['12.345.678', {}, 12345678],
  ['(12)', {}, -12],
  ['-$5', {}, -5],
  ['US$ −7', {}, -7],
  ['1.00-', {}, -1],
  ['12,5 %', {}, 12.5],
  ['.5', {}, 0.5],
  ['0.125', {}, 0.125],
  ['-0', {}, 0],
  ['–', {}, null],
  ['n/a', {}, null],
  ['', {}, null],
  ['1,234', {}, /may be 1234 or 1\.234: .*"decimal"/],
  ['1,234', { lang: 'en' }, 1234],
  ['1,234', { lang: 'de-AT' }, 1.234],
  ['1.234', { lang: 'de' }, 1234],
  ['1.234', { lang: 'not a language' }, /may be/],
  ['1.234', { lang: 'en', decimal: ',' }, 1234],
  ['1.5', { decimal: ',' }, /is not a number/],
  ['12 MIO', {}, /^"12 MIO" is not a number/],
  ['3k', {}, /is not a number/],
  ['12-03', {}, /is not a number/],
  ['--5', {}, /is not a number/],
  ['(-5)', {}, /is not a number/],
  ['1.2.3', {}, /is not a number/],
  ['1.234.56', {}, /is not a number/],
  ['9007199254740993', {}, /more digits than a number can hold/],
])

table('integer', [
  ['1.234', {}, 1234],
  ['1.000', {}, /may be 1000 or 1\.000/],
  ['1.000', { lang: 'en' }, 1],
  ['12.00', {}, 12],
  ['1.5', {}, /is not a whole number/],
])

table('boolean', [
  ['Yes', {}, true],
  ['✓', {}, true],
  ['0', {}, false],
  ['-', {}, null],
  ['maybe', {}, /"maybe" is neither yes nor no/],
])

table('date', [
  ['2026-01-31', {}, '2026-01-31'],
  ['2026-01-31T23:00:00Z', {}, '2026-01-31'],
  ['2026/1/2', {}, '2026-01-02'],
  ['31.1.2026', {}, '2026-01-31'],
  ['31/01/2026', {}, '2026-01-31'],
  ['01/31/2026', {}, '2026-01-31'],
  ['03/04/2026', {}, /may be two days.*"dayFirst"/],
  ['03/04/2026', { dayFirst: true }, '2026-04-03'],
  ['03-04-2026', { dayFirst: false }, '2026-03-04'],
  ['12 March 2024', {}, '2024-03-12'],
  ['12-Sept-2024', {}, '2024-09-12'],
  ['Tuesday, March 12th, 2024 at 2:05 PM', {}, '2024-03-12'],
  ['May 5, 2026 14:05', {}, '2026-05-05'],
  ['12. März 2024', { lang: 'de' }, '2024-03-12'],
  ['12. März 2024', {}, /is not a date/],
  ['1 févr. 2026', { lang: 'fr-FR' }, '2026-02-01'],
  ['12 de marzo de 2024', { lang: 'es' }, '2024-03-12'],
  ['30.02.2026', {}, /is not a day of the calendar/],
  ['31/01/2026', { dayFirst: false }, /is not a day of the calendar/],
  ['1.2.26', {}, /is not a date/],
  ['tomorrow', {}, /is not a date/],
])

test('a long text is shown by its beginning', () => {
  expect(readAs('number', 'x'.repeat(500), { lang: '' })).toEqual({ fault: `"${'x'.repeat(100)}…" is not a number` })
})
