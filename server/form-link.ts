import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { getInputRequest, type InputRequestView } from '../db/input-requests.ts'
import { problem } from '../runner/model/problem.ts'
import { assertOpenQuestion } from './answer.ts'
import type { Caller } from './caller.ts'
import type { Services } from './start.ts'

/** Addresses that let whoever has them answer one question, once, without an account. */
export type FormLinks = {
  /** @param link.expiresAt milliseconds since 1970 */
  sign(link: FormLink): string
  /** Null when it is none, or was changed. */
  read(token: string): FormLink | null
}

export type FormLink = { org: string; requestId: string; expiresAt: number }

const payloadSchema = z.tuple([z.string(), z.string(), z.number()])

/** @param key the server's key; links are signed with one of their own from it (RFC 5869) */
export const createFormLinks = (key: Buffer): FormLinks => {
  const secret = Buffer.from(hkdfSync('sha256', key, '', 'errand form links', 32))
  const mac = (payload: string): Buffer => createHmac('sha256', secret).update(payload).digest()
  return {
    sign: ({ org, requestId, expiresAt }) => {
      const payload = Buffer.from(JSON.stringify([org, requestId, expiresAt])).toString('base64url')
      return `${payload}.${mac(payload).toString('base64url')}`
    },
    read: (token) => {
      const [payload = '', signature = ''] = token.split('.')
      const given = Buffer.from(signature, 'base64url')
      const wanted = mac(payload)
      if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return null
      const [org, requestId, expiresAt] = payloadSchema.parse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')))
      return { org, requestId, expiresAt }
    },
  }
}

/** @throws Problem `not_found` when it is no link, `gone` when its time is over */
const readLink = ({ formLinks, clock }: Pick<Services, 'formLinks' | 'clock'>, token: string): FormLink => {
  const link = formLinks.read(token)
  if (!link) throw problem('not_found', 'This link is not valid. Look whether it was copied whole.')
  if (link.expiresAt <= clock.now()) throw problem('gone', 'The time of this link is over. Ask for another one.')
  return link
}

/** Who comes by a link: a member who may answer its question and do nothing else. Who that is nobody knows; it need not be who made the link. */
export const linkCaller = async (services: Services, { token }: Record<string, string>): Promise<Caller> => {
  const { org, requestId } = readLink(services, token ?? '')
  return { kind: 'link', org, userId: `link:${requestId}`, role: 'member', isMachine: false, cameFor: { type: 'user_form', id: requestId } }
}

/** The question that a link is for, which still waits for its answer. @throws Problem `not_found`, `gone`, `conflict` */
export const questionOfLink = async (services: Services, token: string): Promise<InputRequestView> => {
  const { org, requestId } = readLink(services, token)
  const view = await getInputRequest(services.db, org, requestId)
  assertOpenQuestion(view, services.clock.now())
  return view
}
