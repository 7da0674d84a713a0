export { type AppParts, buildApp } from './build-app.ts'
export { type ApiOptions, type ApiService, startApi } from './compose.ts'
export { components } from './openapi/components.ts'
