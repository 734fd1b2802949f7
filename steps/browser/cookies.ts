import { z } from 'zod'
import { defineStep, done } from '../lib/step.ts'

const name = z.string().min(1)
const cookie = z
  .strictObject({
    name,
    value: z.string(),
    url: z.url().optional().meta({ description: 'The address the cookie is for; or domain and path.' }),
    domain: name.optional(),
    path: z.string().startsWith('/').optional(),
    expires: z.number().optional().meta({ description: 'Seconds since 1970; a cookie without it ends with the session.' }),
    httpOnly: z.boolean().optional(),
    secure: z.boolean().optional(),
    sameSite: z.enum(['Strict', 'Lax', 'None']).optional(),
  })
  .superRefine(({ url, domain, path }, context) => {
    const fault = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message })
    if ((url === undefined) === (domain === undefined)) fault('url', 'A cookie has a url, or a domain and a path.')
    if (url !== undefined && path !== undefined) fault('path', 'A cookie with a url takes no path.')
  })

const some = z
  .strictObject({ name: name.optional(), domain: name.optional() })
  .refine((given) => given.name !== undefined || given.domain !== undefined, 'Give name, domain or both.')

/** `.example.com` and `example.com` are the same to whoever clears cookies. */
const ofDomain = (domain: string) => new RegExp(`^\\.?${domain.replace(/^\./, '').replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`, 'i')

export default defineStep({
  summary: 'Clear, set and read cookies, in this order.',
  config: z
    .strictObject({
      clear: z.union([z.literal(true), some], { error: 'must be true, or an object with name, domain or both' }).optional(),
      set: z.array(cookie).min(1).optional(),
      get: z.union([z.literal(true), z.array(name)], { error: 'must be true, or a list of names' }).optional(),
    })
    .refine(({ clear, set, get }) => clear !== undefined || set !== undefined || get !== undefined, 'Give at least one of clear, set and get.'),
  async run(context, { clear, set, get }) {
    const cookies = (await context.page()).context()
    if (clear !== undefined) {
      const only = clear === true ? {} : clear
      await cookies.clearCookies({ ...(only.name && { name: only.name }), ...(only.domain && { domain: ofDomain(only.domain) }) })
    }
    if (set) await cookies.addCookies(set.map((one) => (one.domain === undefined ? one : { path: '/', ...one })))
    if (get === undefined) return done({ cookies: [] })
    const all = await cookies.cookies()
    return done({ cookies: get === true ? all : all.filter((one) => get.includes(one.name)) })
  },
})
