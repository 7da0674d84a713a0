import ts from 'typescript'

/**
 * Replaces `type Job = Static<typeof Job>` by the object type that it stands for, and leaves the schema out, so that a published package
 * needs no schema library for its types, and an editor shows a reader the fields.
 */
export function spellOutSchemas(checker: ts.TypeChecker): ts.TransformerFactory<ts.SourceFile | ts.Bundle> {
  return () => (file) => {
    if (!ts.isSourceFile(file)) return file
    const schemas = new Set(file.statements.filter(isSchemaType).map(({ name }) => name.text))
    const kept = file.statements.filter((statement) => !declaresOneOf(statement, schemas))
    const statements = kept.map((statement) => (isSchemaType(statement) ? spellOut(statement, checker) : statement))
    return ts.factory.updateSourceFile(file, statements, true)
  }
}

/** `type Job = Static<...>` */
function isSchemaType(node: ts.Statement): node is ts.TypeAliasDeclaration {
  if (!ts.isTypeAliasDeclaration(node) || !ts.isTypeReferenceNode(node.type)) return false
  return ts.isIdentifier(node.type.typeName) && node.type.typeName.text === 'Static'
}

/** `declare const Job: TObject<...>` */
function declaresOneOf(node: ts.Statement, names: Set<string>): boolean {
  if (!ts.isVariableStatement(node)) return false
  return node.declarationList.declarations.some(({ name }) => ts.isIdentifier(name) && names.has(name.text))
}

const flags = ts.NodeBuilderFlags.NoTruncation | ts.NodeBuilderFlags.InTypeAlias | ts.NodeBuilderFlags.MultilineObjectLiterals

function spellOut(alias: ts.TypeAliasDeclaration, checker: ts.TypeChecker): ts.TypeAliasDeclaration {
  const source = ts.getOriginalNode(alias) as ts.TypeAliasDeclaration
  const type = checker.typeToTypeNode(checker.getTypeFromTypeNode(source.type), source, flags)
  if (!type) throw new Error(`The type ${alias.name.text} cannot be spelt out`)
  return ts.factory.updateTypeAliasDeclaration(alias, alias.modifiers, alias.name, alias.typeParameters, type)
}
