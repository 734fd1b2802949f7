import { z } from 'zod'

/** Files, browser pages and scripts are not the web: a workflow must not read the server's disk through its own browser. */
export const webAddress = z.string().superRefine((url, context) => {
  const fault = (message: string) => context.addIssue({ code: 'custom', message })
  if (!URL.canParse(url)) return fault('must be a whole URL such as https://portal.example/login')
  if (!/^(?:https?:|data:|about:blank$)/i.test(url.trim())) fault(`must begin with http:// or https://; ${new URL(url).protocol} is not opened`)
})
