import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { describeTarget, targetSchema, type Target } from '../../../steps/lib/target.ts'

describe('a target', () => {
  test.each<[Target, string]>([
    ['table#employees', 'selector table#employees'],
    [{ role: 'button', name: 'Sign in', exact: true }, 'button "Sign in"'],
    [{ role: 'main' }, 'main'],
    [{ label: 'Password' }, 'field labelled "Password"'],
    [{ placeholder: 'Search' }, 'field with placeholder "Search"'],
    [{ text: 'Welcome', nth: -1 }, 'text "Welcome" (nth -1)'],
    [{ testId: 'total' }, 'test id "total"'],
    [{ css: '.row', frame: 'iframe' }, 'selector .row in frame iframe'],
    [{ xpath: '//b', frame: ['#a', '#b'], nth: 2 }, 'xpath //b (nth 2) in frame #a › #b'],
    [['#a', { text: 'B' }], 'one of selector #a, text "B"'],
    [['#a'], 'selector #a'],
  ])('%j is called %s', (target, words) => {
    expect(targetSchema.parse(target)).toEqual(target)
    expect(describeTarget(target)).toBe(words)
  })

  test.each<[unknown, string, RegExp]>([
    [undefined, '', /A target is missing: a selector, an object with one of role, label/],
    [null, '', /A target is missing/],
    [7, '', /A target is a selector, an object/],
    ['', '', /selector must not be empty/],
    [{}, '', /has one of role, label, placeholder, text, testId, css, xpath\.$/],
    [{ lable: 'User' }, '', /There is no field "lable"/],
    [{ role: 'button', text: 'Go' }, '', /not both role and text/],
    [{ role: 'buton' }, 'role', /"buton" is not an ARIA role/],
    [{ role: 'button', nam: 'Go' }, 'nam', /by role has no field "nam"/],
    [{ placeholder: 'x', exact: true }, 'exact', /by placeholder has no field "exact"/],
    [{ css: '' }, 'css', /Too small/],
    [{ css: 'a', nth: 1.5 }, 'nth', /int/],
    [{ css: 'a', frame: [] }, 'frame', /Too small/],
    [{ css: 'a', frame: 7 }, 'frame', /frame selector, or a list/],
    [[], '', /must not be empty/],
    [['#a', { text: 'b', frme: 'c' }], '1.frme', /no field "frme"/],
    [['#a', ['#b']], '1', /A target is a selector, an object with one of [^,]+(, \w+)+\.$/],
  ])('%j is refused', (target, path, message) => {
    const issues = z.object({ target: targetSchema }).safeParse({ target }).error?.issues ?? []
    expect(issues.map((issue) => ({ path: issue.path.slice(1).join('.'), message: issue.message }))).toEqual([{ path, message: expect.stringMatching(message) }])
  })

  test.each<[unknown, boolean]>([
    [{ role: 'button', nam: '{{ .inputs.name }}' }, true],
    [{ lable: '{{ .inputs.name }}' }, true],
    [{ role: 'button', text: '{{ .inputs.name }}' }, true],
    [{ role: 'buton', name: '{{ .inputs.name }}' }, false],
    [{ css: 7 }, false],
  ])('%j is wrong whatever its templates give: %s', (target, always) => {
    const issues = targetSchema.safeParse(target).error?.issues ?? []
    expect(issues.map((issue) => issue.code === 'custom' && issue.params?.shape === true)).toEqual([always])
  })

  test('all faults are named at once', () => {
    const { error } = targetSchema.safeParse([{ rol: 'a' }, { css: 'a', nth: 'x', foo: 1 }])
    expect(error?.issues.map((issue) => issue.path.join('.'))).toEqual(['0', '1.nth', '1.foo'])
  })

  test('its JSON Schema tells forms what it may be', () => {
    const schema = z.toJSONSchema(z.strictObject({ target: targetSchema }), { io: 'input' })
    expect(schema.required).toEqual(['target'])
    expect(JSON.stringify(schema)).toContain('"placeholder"')
    expect(JSON.stringify(schema)).not.toContain('"not"')
  })
})
