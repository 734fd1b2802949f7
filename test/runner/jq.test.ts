import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { createJq } from '../../runner/jq.ts'
import { type JqResult, plainPath, walkPath } from '../../runner/model/jq-path.ts'
import type { Problem } from '../../runner/model/problem.ts'

const jq = createJq()
/** The same with a fifth of its patience: how programs end that run too long does not depend on how long that is. */
const hasty = createJq({ programMs: 200, callMs: 1000 })
afterAll(() => Promise.all([jq.close(), hasty.close()]))

describe('what workflows write', () => {
  const rows = [{ id: 1, name: 'Ann', team: 'x' }, { id: 2, name: 'Bob', team: 'y' }, { id: 3, name: 'Cy', team: 'x' }]
  const programs: [program: string, input: unknown, values: unknown[]][] = [
    ['map(.id)', rows, [[1, 2, 3]]],
    ['.[] | select(.team == "x") | .name', rows, ['Ann', 'Cy']],
    ['map(select(.name | test("^b"; "i")))', rows, [[rows[1]]]],
    ['map({(.name): .id}) | add', rows, [{ Ann: 1, Bob: 2, Cy: 3 }]],
    ['group_by(.team) | map({team: .[0].team, n: length})', rows, [[{ team: 'x', n: 2 }, { team: 'y', n: 1 }]]],
    ['"\\(.[0].name) and \\(.[1] | .name | "(\\(.))")"', rows, ['Ann and (Bob)']],
    ['if length > 2 then "many" elif length > 0 then "some" else "none" end', rows, ['many']],
    ['reduce .[] as $row (0; . + $row.id)', rows, [6]],
    ['[foreach .[] as {id: $id} (0; . + $id)]', rows, [[1, 3, 6]]],
    ['def twice: . * 2; map(.id | twice)', rows, [[2, 4, 6]]],
    ['. as [$first] | $first.name', rows, ['Ann']],
    ['try error("no") catch "caught \\(.)"', null, ['caught no']],
    ['.missing // "default"', {}, ['default']],
    ['.a?.b', 3, []],
    ['@base64', 'hunter2', ['aHVudGVyMg==']],
    ['@base64d', 'aHVudGVyMg==', ['hunter2']],
    ['@uri', 'a b&c', ['a%20b%26c']],
    ['@csv', [1, 'a"b', null], ['1,"a""b",']],
    ['ascii_downcase, ascii_upcase', 'Äbc', ['Äbc', 'ÄBC']],
    ['todate', 1425599507, ['2015-03-05T23:51:47Z']],
    ['fromdate', '2015-03-05T23:51:47Z', [1425599507]],
    ['strptime("%d.%m.%Y") | mktime | strftime("%Y-%m-%d")', '31.12.2024', ['2024-12-31']],
    ['[splits(", *")]', 'a, b,c', [['a', 'b', 'c']]],
    ['to_entries | map("\\(.key)=\\(.value)") | join("&")', { a: 1, b: 'c' }, ['a=1&b=c']],
    ['[paths]', { a: [1] }, [[['a'], ['a', 0]]]],
    ['.. | numbers', { a: [1, { b: 2 }] }, [1, 2]],
    ['capture("(?<n>[0-9]+)").n | tonumber', 'row 17', [17]],
    ['length', 'a😀', [2]],
    ['-1', null, [-1]],
    ['empty', null, []],
    ['# only said, "not meant\n.a # again', { a: 1 }, [1]],
    ['1e1000, -1e1000, nan, 100000000000000000000', null, [Number.MAX_VALUE, -Number.MAX_VALUE, null, 1e20]],
  ]
  test.each(programs)('%s', async (program, input, values) => {
    expect(await jq.evaluate(program, input)).toEqual(values)
  })

  test('gives the same put together as one by one', async () => {
    for (const input of [rows, {}, 'a b', 17, null]) {
      const all = programs.map(([program]) => program)
      const apart = await Promise.all(all.map(async (program) => (await jq.evaluateAll([program], input))[0]))
      expect(await jq.evaluateAll(all, input)).toEqual(apart)
    }
  })

  test('now is now', async () => {
    const [now] = await jq.evaluate('now', null)
    expect(Math.abs(Number(now) * 1000 - Date.now())).toBeLessThan(5000)
  })

  test('a program error is a template_error that says why and where', async () => {
    await expect(jq.evaluate('.a + 1', { a: 'x' })).rejects.toMatchObject({
      code: 'template_error',
      message: 'string ("x") and number (1) cannot be added (in .a + 1)',
    })
  })

  test.each<[program: string, error: string]>([
    ['.a |', 'syntax error, unexpected end of file'],
    ['error({"a": 1})', '{"a":1}'],
    ['error(null)', 'null'],
    ['"first", error("then")', 'then'],
    ['1) , (2', 'syntax error, unexpected INVALID_CHARACTER, expecting end of file'],
    ['1] , [2', 'syntax error, unexpected INVALID_CHARACTER, expecting end of file'],
    ['1]} catch . | empty), (try {v: [2', 'syntax error, unexpected INVALID_CHARACTER, expecting end of file'],
    ['--version', 'version/0 is not defined'],
    ['reduce range(10200) as $i (1; [.])', 'gives a value that is nested too deep'],
    ['1' + ' '.repeat(50_000), 'is longer than 50,000 characters'],
  ])('%s fails, and its neighbours do not', async (program, error) => {
    expect(await jq.evaluateAll(['1', program, '2'], null)).toEqual([{ values: [1] }, { error }, { values: [2] }])
  })

  test('hours that summer time leaves out exist nevertheless', async () => {
    const zone = process.env.TZ
    process.env.TZ = 'Europe/Berlin'
    await using there = createJq()
    try {
      expect(await there.evaluate('fromdate | todate', '2024-03-31T02:30:00Z')).toEqual(['2024-03-31T02:30:00Z'])
      expect(await there.evaluate('strptime("%H:%M %d.%m.%Y") | mktime', '02:30 31.03.2024')).toEqual([1711852200])
    } finally {
      if (zone === undefined) delete process.env.TZ
      else process.env.TZ = zone
    }
  })
})

describe('plain paths', () => {
  const agree = async (programs: string[], input: unknown) => {
    const walked = programs.map((program): JqResult => {
      const path = plainPath(program)
      return path ? walkPath(path, input) : { error: `${program} is not seen as a plain path` }
    })
    expect(walked.map((result, index) => [programs[index], result])).toEqual(
      (await jq.evaluateAll(programs, input)).map((result, index) => [programs[index], result]))
  }

  test('are walked as jq walks them', async () => {
    const input = { a: { b: [10, 20, { c: null }], 'my-node': true, '': 'empty', 'é "': 1, x1: 'text', _: false }, and: 7, list: [[1], 'z'] }
    const paths = [
      '.', ' . ', '\n.a\t', '.a', '.a.b', '."a"', '.["a"]', '.a["b"]', '.a.["b"]', '.a."b"', '.a["my-node"]', '.a[ "my-node" ]', '.a[""]', '.a."é"',
      '.a.b[0]', '.a.b[-1]', '.a.b[-3]', '.a.b[-4]', '.a.b[3]', '.a.b[ 1 ]', '.a.b.[1]', '.a.b[999999999]', '.a.b[2].c', '.a.b[2].c.d[0]["e"]',
      '.and', '.list[0][0]', '.missing', '.missing.more[0].and["more"]', '.a.__proto__', '.constructor', '.list.length', '.a.x1.length', '.a._',
      '.a?', '.a.x1?', '.and.b?', '.and?.b', '.and.b?.c', '.and.b.c?', '.a.b["x"]?', '.a[0]?', '.a.x1[0]?', '.list[1].a?',
      '.and.b', '.and[0]', '.a[0]', '.a.b.c', '.a.b["c"]', '.a.x1[0]', '.a.x1.y', '.a._.y', '.a["my-node"][0]', '.list[0]["q q"]', '.and."ö"',
    ]
    await agree(paths, input)
    await agree(['.', '.a', '.[0]', '.a?', '.[-1]?'], null)
    await agree(['.', '.a', '.[0]', '.[-1]', '.[2]', '.a?'], [1, null])
    await agree(['.', '.a', '.[0]', '.a?', '.[0]?'], 'text')
  })

  test('agree with jq about random values', async () => {
    let seed = 20_260_101
    const random = (below: number) => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
      return Math.floor((seed / 2 ** 32) * below)
    }
    const pick = <T>(items: readonly [T, ...T[]]): T => items[random(items.length)] ?? items[0]
    const key = () => pick(['a', 'b', 'c', 'my-node', 'é', '', 'true', '__proto__', '0'])
    const json = (depth: number): unknown => {
      const kind = random(depth > 0 ? 9 : 6)
      if (kind >= 7) return Object.fromEntries(Array.from({ length: random(4) }, () => [key(), json(depth - 1)]))
      if (kind === 6) return Array.from({ length: random(4) }, () => json(depth - 1))
      return [null, true, false, random(1000) / 8, 'text', ''][kind]
    }
    const step = (first: boolean) => {
      const name = key()
      const dot = first ? '.' : pick(['', '.'])
      const shape = random(3)
      const text =
        shape === 0 && /^[a-z_]+$/.test(name) ? `.${name}` : shape === 1 ? `${dot}[${random(7) - 3}]` : pick([`${dot}["${name}"]`, `."${name}"`])
      return text + pick(['', '', '', '', '?'])
    }
    let cases = 0
    while (cases < 1000) {
      const input = json(4)
      const paths = Array.from({ length: 20 }, () => Array.from({ length: 1 + random(4) }, (_, index) => step(index === 0)).join(''))
      await agree(paths, input)
      cases += paths.length
    }
  })

  test.each(['.a[]', '.a | .b', '.a + 1', '..', '.a-b', '.["a\\nb"]', '.[1.5]', '.[-0]', '.[01]', '.a[1:2]', '.é', '.a b', '.a\u00a0', '', '$x', '.[.a]', '.a??', 'a'])(
    '%s is left to jq', (program) => expect(plainPath(program)).toBeUndefined())
})

describe('a hostile program', () => {
  afterEach(async () => {
    for (const one of [jq, hasty]) expect(await one.evaluate('.a + 1', { a: 1 })).toEqual([2])
  })

  test('is ended after a second of the processor’s time', async () => {
    const before = performance.now()
    await expect(jq.evaluate('def f: f; f', null)).rejects.toThrow('ran longer than 1 s')
    expect(performance.now() - before).toBeGreaterThan(900)
  })

  test.each(['def f: f; f', '[range(1e9)] | length', 'last(repeat(1))', 'last(range(1e12))', '[limit(1e9; repeat("x"))] | length', 'until(false; .)'])(
    '%s is ended when its time is over', async (program) => {
      const hostile = hasty.evaluate(program, null)
      const innocent = hasty.evaluate('.a', { a: 'fine' })
      await expect(hostile).rejects.toThrow(/ran longer than 1 s|needed more than 256 MB of memory/)
      expect(await innocent).toEqual(['fine'])
    })

  test.each(['def f: 1 + f; f', 'def f: f | f; f', '"x" * 1e9', 'def f: [f]; f', '[range(3e7)] | length'])(
    '%s gets no more memory than all others', async (program) => {
      await expect(jq.evaluate(program, null)).rejects.toThrow(/needed more than 256 MB of memory|ran longer than 1 s/)
    })

  test.each(['range(101000)', 'range(1e9)', '("x" * 1000000) as $x | range(17) | $x', '("x" * 1000000) as $x | [range(17) | $x] | debug | empty'])(
    '%s may not flood the server', async (program) => {
      // On a busy machine its second may be over first.
      await expect(jq.evaluate(program, null)).rejects.toThrow(/gave more than 16 MB or 100,000 values|ran longer than 1 s/)
    })

  test('deep nesting is refused or done, and breaks nothing', async () => {
    for (const program of [`${'('.repeat(20_000)}1${')'.repeat(20_000)}`, `${'['.repeat(9000)}1${']'.repeat(9000)}`, 'reduce range(1e5) as $i (1; [.]) | tojson | length'])
      await jq.evaluate(program, null).catch((error: unknown) => expect(error).toMatchObject({ code: 'template_error' }))
  })

  test('its neighbours in the same config get their answers', async () => {
    expect(await hasty.evaluateAll(['.a', 'def f: f; f', '.a + 1', '"x" * 1e9', '.a + 2'], { a: 1 })).toEqual([
      { values: [1] },
      { error: 'ran longer than 1 s' },
      { values: [2] },
      { error: expect.stringMatching(/^needed more than 256 MB of memory$|^ran longer than 1 s$/) },
      { values: [3] },
    ])
  })

  test('time that the processor gives to others does not count', async () => {
    const module = new URL('../../runner/jq.ts', import.meta.url).href
    const script = `import { createJq } from '${module}'; const jq = createJq(); await jq.warm()
      const answer = jq.evaluate('reduce range(3e5) as $i (0; . + 1)', null)
      setImmediate(() => { console.log('begun'); process.kill(process.pid, 'SIGSTOP') }); console.log(await answer.catch(String))`
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { cwd: fileURLToPath(new URL('../..', import.meta.url)) })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    expect((await lines.next()).value).toBe('begun')
    // It stands still for longer than a program may take; nothing of that is the program's.
    const wake = setInterval(() => child.kill('SIGCONT'), 1200)
    expect((await lines.next()).value).toBe('[ 300000 ]')
    clearInterval(wake)
    await once(child, 'exit')
  })

  test('a call with many of them ends after the time of five, and others get their turn between', async () => {
    const many = hasty.evaluateAll(Array<string>(20).fill('def f: f; f'), null)
    const order = await Promise.all([
      many.then(() => performance.now()),
      ...[1, 2, 3].map((a) => hasty.evaluate('.a', { a }).then(() => performance.now())),
    ])
    expect(order.indexOf(Math.max(...order))).toBe(0)
    const errors = (await many).map((result) => 'error' in result && result.error)
    expect(errors[0]).toBe('ran longer than 1 s')
    expect(errors.at(-1)).toBe('was not run: the programs beside it took 5 s')
  })

  test.each<[program: string, values: unknown[]]>([
    ['env', [{}]],
    ['$ENV', [{}]],
    ['$ENV.PATH, env.HOME', [null, null]],
    ['1, halt, 2', [1]],
    ['inputs', []],
    ['debug, stderr', [null, null]],
    ['input_filename', ['/dev/stdin']],
    ['get_search_list', [['~/.jq', '$ORIGIN/../lib/jq', '$ORIGIN/../lib']]],
  ])('%s is harmless', async (program, values) => {
    expect(await jq.evaluate(program, null)).toEqual(values)
    expect(await jq.evaluateAll(['1', program, '2'], null)).toEqual([{ values: [1] }, { values }, { values: [2] }])
  })

  test.each<[program: string, error: string]>([
    ['"bye" | halt_error', 'bye'],
    ['"bye\\n" | halt_error(3)', 'bye'],
    ['input', 'break'],
    ['import "a" as a; .', 'module not found: a'],
    ['include "a"; .', 'module not found: a'],
    ['import "/etc/passwd" as $p; $p', 'module not found: /etc/passwd'],
    ['import "stdin" as $p {search: "/dev"}; $p', 'module not found: stdin'],
    ['"a" | modulemeta', 'module not found: a'],
    ['$__prog_args', '$__prog_args is not defined'],
  ])('%s is told apart', async (program, error) => {
    const [before, result, after] = await jq.evaluateAll(['1', program, '2'], null)
    expect([before, after]).toEqual([{ values: [1] }, { values: [2] }])
    expect(result).toEqual({ error: expect.stringContaining(error) })
  })
})

describe('one thread for many', () => {
  test('two hundred at once each get their own answer', async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, (_, a) => jq.evaluate(a % 20 === 7 ? '.a | error' : '.a * 2', { a }).catch(String)))
    expect(answers).toEqual(Array.from({ length: 200 }, (_, a) => (a % 20 === 7 ? `Problem: ${a} (in .a | error)` : [a * 2])))
  })

  test('lasts for thousands of programs, also of those that leave in the middle', async () => {
    const programs = ['.a', 'halt', '.a | error', 'halt_error', '.a |']
    for (let round = 0; round < 300; round++)
      expect(await Promise.all(programs.map((program) => jq.evaluate(program, { a: 1 }).catch((error: Problem) => error.message)))).toEqual([
        [1], [], '1 (in .a | error)', '{"a":1} (in halt_error)', 'syntax error, unexpected end of file (in .a |)',
      ])
  }, 60_000)

  test('memory does not grow with the number of programs', async () => {
    const thread = new Worker(new URL('../../runner/jq-worker.mjs', import.meta.url))
    const ask = async (program: string, text: string): Promise<{ bytes: number }> => {
      thread.postMessage({ program, text })
      const [answer] = (await once(thread, 'message')) as [{ bytes: number }]
      return answer
    }
    await once(thread, 'message')
    const text = JSON.stringify('x'.repeat(1_000_000))
    const { bytes } = await ask('halt', text)
    for (let round = 0; round < 30; round++) expect((await ask('halt', text)).bytes).toBe(bytes)
    await thread.terminate()
  })

  test('a megabyte of variables is no trouble', async () => {
    const rows = Array.from({ length: 20_000 }, (_, id) => ({ id, name: `the name of row ${id}`, ok: true }))
    expect(await jq.evaluate('.rows | length', { rows })).toEqual([20_000])
    expect(await jq.evaluate('.rows', { rows })).toEqual([rows])
  })

  test('compiles without running, and says which line is wrong', async () => {
    const programs = ['.a', 'def f: f; f', '.a |||', '.a\n| foo', '1) , (2', 'import "x" as x; .', '# nothing', '.a-b', '"bye" | halt_error(3)']
    expect(await jq.compileAll(programs)).toEqual([
      null,
      null,
      { message: "syntax error, unexpected '|'", position: { line: 1 } },
      { message: 'foo/0 is not defined', position: { line: 2 } },
      { message: 'syntax error, unexpected INVALID_CHARACTER, expecting end of file', position: { line: 1 } },
      { message: 'module not found: x' },
      { message: 'Top-level program not given (try ".")' },
      { message: 'b/0 is not defined', position: { line: 1 } },
      null,
    ])
    expect(await jq.compileAll(['.a', 'map(.b)'])).toEqual([null, null])
    expect(await jq.compile('.a')).toBeNull()
    expect(await jq.compile('if . then')).toMatchObject({ position: { line: 1 } })
  })

  test('after close nothing is answered any more, and what waited is told so', async () => {
    const closing = createJq()
    await closing.warm()
    const waiting = Promise.allSettled(['last(repeat(1))', '.', '.'].map((program) => closing.evaluate(program, null)))
    await closing.close()
    const refused = { status: 'rejected', reason: { code: 'unavailable' } }
    expect(await waiting).toMatchObject([refused, refused, refused])
    await expect(closing.evaluate('.', null)).rejects.toMatchObject({ code: 'unavailable' })

    const unused = createJq()
    await unused.close()
    const starting = createJq()
    const early = Promise.allSettled([starting.evaluate('.', null)])
    await starting.close()
    expect(await early).toMatchObject([refused])
  })

  test('a process that used jq under tsx ends by itself, and knows its environment alone', async () => {
    const module = new URL('../../runner/jq.ts', import.meta.url).href
    const script = `import { createJq } from '${module}'; const jq = createJq(); console.log(JSON.stringify(await jq.evaluate('[env, $ENV, .a]', { a: 1 })))`
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      env: { ...process.env, ERRAND_SECRET: 'hunter2' },
    })
    expect(stdout.trim()).toBe('[[{},{},1]]')
  })
})
