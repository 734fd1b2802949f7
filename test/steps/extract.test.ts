import { afterAll, beforeAll, expect } from 'vitest'
import type { Page } from 'playwright-core'
import extract from '../../steps/browser/extract.ts'
import { startPortal, type Portal } from '../portal/portal.ts'
import { testStep } from '../step-tester.ts'

let portal: Portal
beforeAll(async () => {
  portal = await startPortal()
})
afterAll(() => portal.close())
const onTables = (page: Page) => page.goto(`${portal.url}/tables`)

const rows = (...given: Record<string, unknown>[]) => ({ rows: given, count: given.length })
const table = (target: unknown) => ({ table: { target } })
/** One field of the page, read from `<p>`. */
const field = (more: Record<string, unknown> = {}) => ({ fields: { it: { target: 'p', ...more } } })
const reads = (text: string, more: Record<string, unknown>, it: unknown, lang = '') => ({ html: `<html lang="${lang}"><p>${text}</p>`, config: field(more), output: { it } })

const people = `<ul>
  <li class="person"><a href="/people/1">Ada  Adler</a> <b>Oslo</b> <label>Age <input value="36"></label><span hidden>secret</span></li>
  <li class="person"><a href="/people/2">Bo Berg</a> <label>Age <input value="41"></label> <i>new</i></li>
</ul>`

testStep('EXTRACT', extract, {
  succeeds: {
    // Tables
    'gives a spanned cell to each place it covers': {
      setup: onTables,
      config: table('#spans'),
      output: rows(
        { Room: 'North', Monday: 'Workshop', Tuesday: 'Workshop', Wednesday: 'Free' },
        { Room: 'North', Monday: 'Interview', Tuesday: 'Audit', Wednesday: 'Audit' },
        { Room: 'South', Monday: 'Training', Tuesday: 'Audit', Wednesday: 'Audit' },
      ),
    },
    'joins the names of two header rows': {
      setup: onTables,
      config: table({ css: '#grouped' }),
      output: rows(
        { Team: 'Sales', '2025 Planned': '10', '2025 Actual': '9', '2026 Planned': '12', '2026 Actual': '13' },
        { Team: 'Finance', '2025 Planned': '4', '2025 Actual': '4', '2026 Planned': '5', '2026 Actual': '4' },
      ),
    },
    'numbers a header that comes again': { setup: onTables, config: table({ xpath: '//table[@id="repeated"]' }), output: rows({ Name: 'Travel', Amount: '120', Amount_2: '80', Name_2: 'Reise' }) },
    'has "" for what is empty, and a number for a column without a name': {
      setup: onTables,
      config: table('#blanks'),
      output: rows({ Key: 'a', column_2: '', Value: '1' }, { Key: 'b', column_2: '', Value: '' }, { Key: '', column_2: '', Value: '' }),
    },
    'fills short rows and names what is beyond the header': {
      setup: onTables,
      config: table('#ragged'),
      output: rows({ One: '1', Two: '', Three: '', column_4: '' }, { One: '1', Two: '2', Three: '3', column_4: '4' }),
    },
    'numbers the columns of a table without a header': {
      setup: onTables,
      config: table('#headless'),
      output: rows({ column_1: 'Fruit', column_2: 'Count' }, { column_1: 'Apple', column_2: '3' }, { column_1: 'Pear', column_2: '5' }),
    },
    'takes headers at the side for cells': {
      setup: onTables,
      config: table('#sideways'),
      output: rows({ column_1: 'Name', column_2: 'Ada Adler' }, { column_1: 'Office', column_2: 'Oslo' }),
    },
    'keeps a table within a cell in its cell': {
      setup: onTables,
      config: table('#nested'),
      output: rows({ Order: 'A-1', Lines: 'Item Pieces Pen 10 Ink 2' }, { Order: 'A-2', Lines: 'none' }),
    },
    'leaves out caption and foot': { setup: onTables, config: table('#captioned'), output: rows({ Month: 'January', Cost: '100' }, { Month: 'February', Cost: '200' }) },
    'reads fields and line breaks in cells as they are seen': {
      setup: onTables,
      config: table('#rich'),
      output: rows({ Person: 'Ada Adler', Address: 'Main Street 1 Oslo', Mail: 'ada@acme.example', Active: '' }),
    },
    'finds no rows in an empty table': { setup: onTables, config: { ...table('#no-rows'), saveAs: 'csv' }, output: { ...rows(), artifact: expect.objectContaining({ name: 'extracted.csv' }) }, after: async (_, left) => expect(String(await left.bytes(left.artifacts[0]!.id))).toBe('Number,Name\n') },
    'reads a grid that is no table, by its role': {
      setup: onTables,
      config: table({ role: 'grid', name: 'Stock' }),
      output: rows({ Item: 'Pen', Store: 'Oslo', Pieces: '10' }, { Item: 'Ink', Store: 'Bergen', Pieces: '2' }),
    },
    'puts a grid in order that is drawn in pieces': {
      html: `<div role="treegrid"><div role="row" aria-rowindex="1"><span role="columnheader" aria-colindex="1">Name</span></div>
        <div role="row" aria-rowindex="3"><span role="rowheader" aria-colindex="1">Bo</span></div><div role="row" aria-rowindex="2"><span role="rowheader" aria-colindex="1">Ada</span></div>
        <div><div role="row" aria-rowindex="1"><span role="columnheader" aria-colindex="8">Place</span><span role="columnheader" aria-colindex="7">Age</span></div>
        <div role="row" aria-rowindex="2"><span role="gridcell" aria-colindex="7" aria-colspan="2">none</span></div><div role="row" aria-rowindex="3"><span role="gridcell" aria-colindex="8">Rome</span></div></div></div>`,
      config: table('[role=treegrid]'),
      output: rows({ Name: 'Ada', Age: 'none', Place: 'none' }, { Name: 'Bo', Age: '', Place: 'Rome' }),
    },
    'leaves out rows, columns and texts that are not shown': {
      html: `<table><thead><tr><th>A<script>1</script></th><th style="display: none">B</th><th>C</th></tr><tr hidden><th>filter</th></tr></thead>
        <tbody><tr><td>1 <span hidden>old</span><style>p{}</style></td><td style="display: none">2</td><td style="visibility: hidden">3</td></tr><tr style="display: none"><td>4</td></tr></tbody>
        <tbody style="display: none"><tr><td>5</td></tr></tbody></table>`,
      config: table('table'),
      output: rows({ A: '1', C: '' }),
    },
    'reads a table that is not shown, and names columns by a head that is not': {
      html: '<table hidden><thead><tr><th>A</th></tr></thead><tr><td>1</td></tr></table><table id="narrow"><thead style="display: none"><tr><th>A</th></tr></thead><tr><td>1</td></tr></table>',
      config: { ...table(['#none', '#narrow']), saveAs: 'json' },
      matched: 1,
      output: { ...rows({ A: '1' }), artifact: expect.anything() },
    },
    'takes rows of th for the header where there is no thead, below a title and in groups': {
      html: `<table><thead><tr><th colspan="3">Costs</th></tr><tr><th>Month</th><th>Cost</th><th><select><option>all</select></th></tr></thead><tr><td>May</td><td colspan="99">none</td></tr></table>
        <table id="groups"><tr><th rowspan="2">Team</th><th colspan="2">2026</th></tr><tr><th>H1</th><th>H2</th></tr><tr><th>Sales</th><td>1</td><td>2</td></tr></table>`,
      config: { list: { target: 'table', fields: { text: {} } } },
      output: rows({ text: 'Costs Month Cost all May none' }, { text: 'Team 2026 H1 H2 Sales 1 2' }),
    },
    'drops a title over all columns, and lets no cell reach beyond the header': {
      html: '<table><thead><tr><th colspan="3">Costs</th></tr><tr><th>Month</th><th>Cost</th><th><select><option>all</select></th></tr></thead><tr><td>May</td><td colspan="99">none</td></tr></table>',
      config: table('table'),
      output: rows({ Month: 'May', Cost: 'none', column_3: 'none' }),
    },
    'joins header rows without a thead': {
      html: '<table><tr><th rowspan="2">Team</th><th colspan="2">2026</th></tr><tr><th>H1</th><th>H2</th></tr><tr><th>Sales</th><td>1</td><td>2</td></tr></table>',
      config: table('table'),
      output: rows({ Team: 'Sales', '2026 H1': '1', '2026 H2': '2' }),
    },
    'lets a cell span to the end of its section, and not over it': {
      html: '<table><thead><tr><th>A</th><th>B</th></tr></thead><tbody><tr><td rowspan="0">x</td><td>1</td></tr><tr><td>2</td></tr></tbody><tbody><tr><td>y</td><td>3</td></tr></tbody></table>',
      config: table('table'),
      output: rows({ A: 'x', B: '1' }, { A: 'x', B: '2' }, { A: 'y', B: '3' }),
    },
    'keeps a column that is named as something every object has': { html: '<table><tr><th>__proto__</th><th>constructor</th></tr><tr><td>1</td><td>2</td></tr></table>', config: { ...table('table'), schema: { properties: { rows: { items: { minProperties: 2 } } } } } },
    'waits for a table in a box that is there already': {
      html: `<div data-testid="box">Loading</div><script>setTimeout(() => document.querySelector('div').innerHTML = '<table><tr><th>A</th></tr><tr><td>1</td></tr></table>', 150)</script>`,
      config: table({ testId: 'box' }),
      output: rows({ A: '1' }),
    },
    'reads a table in a frame': { html: `<iframe srcdoc="<table><tr><th>A</th></tr><tr><td>1</td></tr></table>"></iframe>`, config: table({ css: 'table', frame: 'iframe' }), output: rows({ A: '1' }) },
    'reads a table in a shadow root': {
      html: `<div></div><script>document.querySelector('div').attachShadow({ mode: 'open' }).innerHTML = '<table><tr><th>A</th></tr><tr><td>1</td></tr></table>'</script>`,
      config: table('table'),
      output: rows({ A: '1' }),
    },
    'reads a page that has changed how JSON is written': {
      html: `<script>Array.prototype.toJSON = () => 'nonsense'</script><table><tr><th>A</th></tr><tr><td>1</td></tr></table>`,
      config: table('table'),
      output: rows({ A: '1' }),
    },
    'reads a page that forbids scripts of others': {
      html: '',
      routes: { '/strict': (_, response) => response.setHeader('content-security-policy', `default-src 'none'`).setHeader('content-type', 'text/html').end('<table><tr><th>A</th></tr><tr><td>1</td></tr></table>') },
      open: '/strict',
      config: table({ css: 'table' }),
      output: rows({ A: '1' }),
    },

    // Lists
    'reads fields of every item, however they are found': {
      html: people,
      config: {
        list: {
          target: '.person',
          fields: {
            name: { target: 'a' },
            link: { target: { css: 'a' }, attribute: 'href' },
            age: { target: { label: 'Age' }, type: 'integer' },
            place: { target: [{ css: 'b' }, { text: 'nowhere' }], optional: true },
            isNew: { target: { text: 'new', exact: true }, optional: true },
            all: { target: '.' },
            up: { target: { xpath: './/label/text()/..' } },
          },
        },
      },
      output: (origin: string) =>
        rows(
          { name: 'Ada Adler', link: `${origin}/people/1`, age: 36, place: 'Oslo', isNew: null, all: 'Ada Adler Oslo Age 36', up: 'Age 36' },
          { name: 'Bo Berg', link: `${origin}/people/2`, age: 41, place: null, isNew: 'new', all: 'Bo Berg Age 41 new', up: 'Age 41' },
        ),
      after: async (page) => expect(await page.evaluate(() => Object.getOwnPropertySymbols(globalThis).filter((symbol) => symbol.description?.startsWith('errand')))).toEqual([]),
    },
    'reads items that only Playwright can find, as many as it is told': {
      html: people,
      config: { list: { target: [{ role: 'button' }, { role: 'listitem' }], fields: { name: { target: { role: 'link' } } }, limit: 1 } },
      matched: 1,
      output: rows({ name: 'Ada Adler' }),
    },
    'reads fields in the shadow roots of items': {
      html: `<x-card></x-card><x-card></x-card><script>for (const card of document.querySelectorAll('x-card')) card.attachShadow({ mode: 'open' }).innerHTML = '<b>in</b>'</script>`,
      config: { list: { target: 'x-card', fields: { bold: { target: 'b' }, all: {} } } },
      output: rows({ bold: 'in', all: 'in' }, { bold: 'in', all: 'in' }),
    },
    'waits for the first item': { html: `<script>setTimeout(() => document.body.innerHTML = '<p>1</p><p>2</p>', 150)</script>`, config: { list: { target: 'p', fields: { number: { type: 'number' } } } }, output: rows({ number: 1 }, { number: 2 }) },
    'does not wait for an optional list': { html: '', config: { list: { target: 'p', fields: { number: {} }, optional: true } }, output: rows() },
    'saves rows as CSV, as they are': {
      html: '<p title="=1+1">a, "b"</p><p>ü</p>',
      config: { list: { target: 'p', fields: { text: {}, title: { attribute: 'title', optional: true }, short: { type: 'boolean', attribute: 'hidden' } } }, saveAs: 'csv', name: 'people' },
      output: {
        ...rows({ text: 'a, "b"', title: '=1+1', short: false }, { text: 'ü', title: null, short: false }),
        artifact: { artifactId: expect.any(String), name: 'people.csv', mimeType: 'text/csv', sizeBytes: 49, sha256: expect.any(String) },
      },
      artifacts: [{ type: 'extracted_data' }],
      after: async (_, left) => expect(String(await left.bytes(left.artifacts[0]!.id))).toBe('text,title,short\n"a, ""b""",=1+1,false\nü,,false\n'),
    },

    // Fields
    'reads what is in form fields': {
      html: `<input id="a" value=" as  typed "><textarea>two
lines</textarea><select><option value="1">One</option><option value="2" selected>Two</option></select><input id="b" type="checkbox" checked><div role="switch" aria-checked="true">on</div><meter value="0.5"></meter>`,
      config: {
        fields: {
          input: { target: '#a' },
          area: { target: 'textarea' },
          choice: { target: 'select' },
          value: { target: 'select', attribute: 'value', type: 'integer' },
          box: { target: '#b', type: 'boolean' },
          switch: { target: { role: 'switch' }, type: 'boolean' },
          meter: { target: 'meter', type: 'number' },
        },
      },
      output: { input: ' as  typed ', area: 'two\nlines', choice: 'Two', value: 2, box: true, switch: true, meter: 0.5 },
    },
    'reads attributes as they are meant, and HTML': {
      html: `<a href="next?a=1">Next <b>page</b></a><input value="first" disabled title=""><script>document.querySelector('input').value = 'then'</script>`,
      config: {
        fields: {
          link: { target: 'a', attribute: 'href' },
          html: { target: 'a', html: true },
          value: { target: 'input', attribute: 'value' },
          off: { target: 'input', attribute: 'disabled', type: 'boolean' },
          empty: { target: 'input', attribute: 'title' },
          none: { target: 'input', attribute: 'data-none', optional: true },
        },
      },
      output: (origin: string) => ({ link: `${origin}/next?a=1`, html: 'Next <b>page</b>', value: 'then', off: true, empty: '', none: null }),
    },
    'waits for the fields that must be there, in frames and out': {
      html: `<iframe></iframe><script>setTimeout(() => { document.body.insertAdjacentHTML('beforeend', '<h1>Late</h1>'); document.querySelector('iframe').srcdoc = '<p>Framed</p>' }, 150)</script>`,
      config: { fields: { title: { target: [{ role: 'button' }, { role: 'heading' }] }, framed: { target: { css: 'p', frame: 'iframe' } }, gone: { target: 'i', optional: true } } },
      output: { title: 'Late', framed: 'Framed', gone: null },
    },
    'takes text as it is seen': reads('A<br>B <i>C</i><span style="display: block">D</span>&nbsp;<span hidden>E</span>x<b>y</b>', {}, 'A B C D xy'),
    'reads a number as the language of the page has it': reads('CHF 1.234', { type: 'number' }, 1234, 'de'),
    'reads a number as it is told': reads('1.234', { type: 'number', decimal: ',' }, 1234, 'en'),
    'reads a dash as nothing': reads('–', { type: 'number', optional: true }, null),
    'reads yes and no': reads('No', { type: 'boolean' }, false),
    'reads a date': reads('03/04/2026', { type: 'date', dayFirst: true }, '2026-04-03'),
  },

  fails: {
    'no table comes': { html: '<div></div>', config: table('table'), code: 'step_timeout', message: /^selector table was not found within \d+ ms on http/ },
    'the element is no table': { html: '<div id="d">text</div>', config: table('#d'), code: 'step_timeout', message: /selector #d is not a table and holds none/ },
    'two tables match': { html: '<table></table><table></table>', config: table({ css: 'table' }), code: 'step_failed', message: /selector table matches 2 elements .*"nth"/, retryable: false },
    'the element holds two tables': { html: '<div><table><tr><td></table><table><tr><td></table></div>', config: table('div'), code: 'step_failed', message: /selector div holds 2 tables/ },
    'the selector cannot be read': { html: '<p>', config: table('table['), code: 'step_failed', message: /selector table\[ is not a valid selector/, retryable: false },
    'no item comes': { html: '<p>', config: { list: { target: { role: 'listitem' }, fields: { a: {} } } }, code: 'step_timeout', message: /^listitem was not found/ },
    'fields are missing in items': {
      html: people,
      config: { list: { target: '.person', fields: { place: { target: 'b' }, link: { target: 'a', attribute: 'title' } } } },
      code: 'step_failed',
      message: /rows\[0\]\.link: has no value in attribute title; rows\[1\]\.place: selector b was not found; rows\[1\]\.link/,
      after: (_, __, { details }) => expect(details).toMatchObject({ faults: [{ path: 'rows[0].link', code: 'empty' }, { path: 'rows[1].place', code: 'missing' }, { path: 'rows[1].link' }] }),
    },
    'two elements of an item match': { html: '<ul><li><b>1</b><b>2</b></li></ul>', config: { list: { target: 'li', fields: { a: { target: 'b', optional: true } } } }, code: 'step_failed', message: /rows\[0\]\.a: selector b matches 2 elements/ },
    'a field does not come': { html: '<p>1</p>', config: { fields: { a: { target: 'p' }, b: { target: { text: 'Total' } } } }, code: 'step_timeout', message: /Could not read all fields within \d+ ms on .*b: text "Total" was not found\./ },
    'two elements match a field': { html: '<p>1</p><p>2</p>', config: field(), code: 'step_failed', message: /it: selector p matches 2 elements/ },
    'a text is no number': { html: '<p>12 MIO</p>', config: field({ type: 'number' }), code: 'step_failed', message: /it: "12 MIO" is not a number/ },
    'a required value is empty': { html: '<p> </p>', config: field({ type: 'number' }), code: 'step_failed', message: /it: has no value/ },
    'the schema refuses what was read': {
      html: '<table><tr><th>first name</th><th>n</th></tr><tr><td>Ada</td><td>1</td></tr></table>',
      config: { ...table('table'), schema: { properties: { count: { minimum: 2 }, rows: { items: { properties: { 'first name': { pattern: '^B' }, n: { format: 'email' } }, additionalProperties: false, required: ['age'] } } } } },
      code: 'validation_failed',
      message: /^What was read is not as the schema says: .*count must be >= 2.*; and 1 more\.$/,
      after: (_, left, { details }) => {
        expect(left.artifacts).toEqual([])
        expect((details as { faults: { path: string }[] }).faults.map(({ path }) => path).sort()).toEqual(['count', 'rows[0]', 'rows[0].n', 'rows[0]["first name"]'])
      },
    },
  },

  rejects: {
    'nothing to read': { config: {}, path: '', message: /Give one of fields, list or table/ },
    'two things to read': { config: { ...field(), ...table('a') }, path: 'table', message: /not both/ },
    'no fields': { config: { fields: {} }, path: 'fields', message: /at least one/ },
    'a field of the page without a target': { config: { fields: { a: {} } }, path: 'fields.a.target' },
    'a field of an item in a frame': { config: { list: { target: 'li', fields: { a: { target: { css: 'b', frame: 'iframe' } } } } }, path: 'list.fields.a.target' },
    'an unknown type': { config: field({ type: 'money' }), path: 'fields.it.type' },
    'an attribute and HTML': { config: field({ attribute: 'a', html: true }), path: 'fields.it.html' },
    'a misspelt keyword of the schema': { config: { ...table('a'), schema: { requird: ['a'] } }, path: 'schema', message: /requird/ },
    'a schema that is none': { config: { ...table('a'), schema: { type: 'text' } }, path: 'schema', message: /not a JSON Schema/ },
    'fields as CSV': { config: { ...field(), saveAs: 'csv' }, path: 'saveAs', message: /Only rows/ },
    'a field that stands where the file does': { config: { fields: { artifact: { target: 'a' } }, saveAs: 'json' }, path: 'fields.artifact' },
  },
})
