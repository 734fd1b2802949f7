import { z } from 'zod'

/** What a secret may be called: so that `.secrets.NAME`, or `.secrets["my-name"]`, finds it. */
export const secretName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,99}$/, 'must be 1 to 100 letters, digits, _ - and ., and begin with a letter or _')
  .refine((name) => !['__proto__', 'constructor', 'prototype'].includes(name), 'is a reserved word')
