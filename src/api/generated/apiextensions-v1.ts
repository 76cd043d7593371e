/** The types of io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1. Made by test/generators/api-tables.mjs; do not edit. Notation: src/api/schema/table.ts. */
export const apiextensionsV1 = `io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1 apiextensions.k8s.io/v1
CustomResourceColumnDefinition name!+:s@1= type!+:s@2= format:s@3 description:s@4 priority:i@5 jsonPath!+:s@6=
CustomResourceConversion strategy!+:%ConversionStrategyType%s@1= webhook*:WebhookConversion@2
CustomResourceDefinition;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec!+:CustomResourceDefinitionSpec@2= status+:CustomResourceDefinitionStatus@3=
CustomResourceDefinitionCondition type!+:%CustomResourceDefinitionConditionType%s@1= status!+:%ConditionStatus%s@2= lastTransitionTime+:t@3 reason:s@4 message:s@5 observedGeneration:l@6
CustomResourceDefinitionList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[CustomResourceDefinition@2
CustomResourceDefinitionNames plural!+:s@1= singular:s@2 shortNames:[s@3~a kind!+:s@4= listKind:s@5 categories:[s@6~a
CustomResourceDefinitionSpec group!+:s@1= names!+:CustomResourceDefinitionNames@3= scope!+:%ResourceScope%s@4= versions!+:[CustomResourceDefinitionVersion@7~a conversion*:CustomResourceConversion@9 preserveUnknownFields:b@10
CustomResourceDefinitionStatus conditions+:[CustomResourceDefinitionCondition@1~m:type acceptedNames+:CustomResourceDefinitionNames@2= storedVersions+:[s@3~a observedGeneration:l@4
CustomResourceDefinitionVersion name!+:s@1= served!+:b@2= storage!+:b@3= deprecated:b@7 deprecationWarning*:s@8 schema*:CustomResourceValidation@4 subresources*:CustomResourceSubresources@5 additionalPrinterColumns:[CustomResourceColumnDefinition@6~a selectableFields:[SelectableField@9~a
CustomResourceSubresourceScale specReplicasPath!+:s@1= statusReplicasPath!+:s@2= labelSelectorPath*:s@3
CustomResourceSubresourceStatus;e
CustomResourceSubresources status*:CustomResourceSubresourceStatus@1 scale*:CustomResourceSubresourceScale@2
CustomResourceValidation openAPIV3Schema*:JSONSchemaProps@1
ExternalDocumentation description:s@1 url:s@2
JSONSchemaProps id:s@1 $schema:%JSONSchemaURL%s@2 $ref*:s@3 description:s@4 type:s@5 format:s@6 title:s@7 default*:j@8 maximum*:f@9 exclusiveMaximum:b@10 minimum*:f@11 exclusiveMinimum:b@12 maxLength*:l@13 minLength*:l@14 pattern:s@15 maxItems*:l@16 minItems*:l@17 uniqueItems:b@18 multipleOf*:f@19 enum:[j@20~a maxProperties*:l@21 minProperties*:l@22 required:[s@23~a items*:o@24 allOf:[JSONSchemaProps@25~a oneOf:[JSONSchemaProps@26~a anyOf:[JSONSchemaProps@27~a not*:JSONSchemaProps@28 properties:{JSONSchemaProps@29 additionalProperties*:p@30 patternProperties:{JSONSchemaProps@31 dependencies:%JSONSchemaDependencies%{w@32 additionalItems*:p@33 definitions:%JSONSchemaDefinitions%{JSONSchemaProps@34 externalDocs*:ExternalDocumentation@35 example*:j@36 nullable:b@37 x-kubernetes-preserve-unknown-fields*:b@38 x-kubernetes-embedded-resource:b@39 x-kubernetes-int-or-string:b@40 x-kubernetes-list-map-keys:[s@41~a x-kubernetes-list-type*:s@42 x-kubernetes-map-type*:s@43 x-kubernetes-validations:%ValidationRules%[ValidationRule@44~m:rule^merge:rule
SelectableField jsonPath!+:s@1=
ServiceReference namespace!+:s@1= name!+:s@2= path*:s@3 port*:i@4
ValidationRule rule!+:s@1= message:s@2 messageExpression:s@3 reason*:%FieldValueErrorReason%s@4 fieldPath:s@5 optionalOldSelf*:b@6
WebhookClientConfig url*:s@3 service*:ServiceReference@1 caBundle:y@2
WebhookConversion clientConfig*:WebhookClientConfig@2 conversionReviewVersions!+:[s@3~a`
