import { defineConfig } from 'drizzle-kit'

// `npx drizzle-kit generate` writes the next migration from the difference between the schema and the last one.
export default defineConfig({ dialect: 'sqlite', schema: './db/schema.ts', out: './db/migrations' })
